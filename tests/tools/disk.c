/* Stands between a program and the disk, for tests: counts what the program changes there, ends it at a chosen moment, or
 * lets the disk be full.
 *
 *   cc -shared -fPIC -o disk.so disk.c && LD_PRELOAD=./disk.so program
 *
 * WENJI_DISK_COUNT=FILE  grows this file by a byte with each change
 * WENJI_DISK_KILL=N      the program is killed (SIGKILL) before its N-th change
 * WENJI_DISK_FULL=N      from its N-th change on, whatever needs room fails with ENOSPC
 *
 * A change is a call that makes, fills, syncs, links, renames or removes a file or folder. Pipes and sockets do not count.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long changes;
static long kill_at, full_at;
static int count_to = -1;

__attribute__((constructor)) static void start(void) {
    const char *value;
    if ((value = getenv("WENJI_DISK_KILL"))) kill_at = atol(value);
    if ((value = getenv("WENJI_DISK_FULL"))) full_at = atol(value);
    if ((value = getenv("WENJI_DISK_COUNT"))) count_to = syscall(SYS_openat, AT_FDCWD, value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Counts a change; 0 when it needs room and there is none. */
static int may(int needs_room) {
    long number = atomic_fetch_add(&changes, 1) + 1;
    if (count_to >= 0) syscall(SYS_write, count_to, ".", 1);
    if (kill_at && number >= kill_at) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    if (needs_room && full_at && number >= full_at) {
        errno = ENOSPC;
        return 0;
    }
    return 1;
}

static int is_file(int fd) {
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        NEXT(name); \
        mode_t mode = 0; \
        va_list rest; \
        va_start(rest, flags); \
        if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(rest, mode_t); \
        va_end(rest); \
        if ((flags & O_CREAT) && access(path, F_OK) != 0 && !may(1)) return -1; \
        return next(path, flags, mode); \
    }
OPENS(open)
OPENS(open64)

#define CHANGES(result, name, parameters, arguments, counts, room) \
    result name parameters { \
        NEXT(name); \
        if ((counts) && !may(room)) return -1; \
        return next arguments; \
    }
CHANGES(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size), is_file(fd), 1)
CHANGES(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), is_file(fd), 1)
CHANGES(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at), is_file(fd), 1)
CHANGES(ssize_t, copy_file_range, (int from, off64_t *at, int to, off64_t *there, size_t size, unsigned flags), (from, at, to, there, size, flags), is_file(to), 1)
CHANGES(int, ftruncate, (int fd, off_t size), (fd, size), is_file(fd), 0)
CHANGES(int, ftruncate64, (int fd, off64_t size), (fd, size), is_file(fd), 0)
CHANGES(int, fsync, (int fd), (fd), 1, 0)
CHANGES(int, fdatasync, (int fd), (fd), 1, 0)
CHANGES(int, rename, (const char *from, const char *to), (from, to), 1, 0)
CHANGES(int, link, (const char *from, const char *to), (from, to), 1, 1)
CHANGES(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), 1, 1)
CHANGES(int, unlink, (const char *path), (path), 1, 0)
CHANGES(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), 1, 0)
CHANGES(int, rmdir, (const char *path), (path), 1, 0)
CHANGES(int, mkdir, (const char *path, mode_t mode), (path, mode), 1, 1)
