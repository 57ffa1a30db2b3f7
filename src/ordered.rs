//! Work on many things at once, whose results are taken one after the other in the order of the things.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many results a thread may be ahead of what has been taken: what waits stays bounded.
const AHEAD: usize = 3;

/// Works on things with so many threads, this one among them, and takes each result on this one.
///
/// # Errors
/// When a result cannot be taken; nothing more is begun then.
pub(crate) fn in_order<T: Sync, R: Send, E>(
    things: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, things.len().max(1));
    let queue = Queue { state: Mutex::default(), changed: Condvar::new(), count: things.len(), ahead: threads * AHEAD };
    // A panic is passed on by the thread that takes, or it would wait for ever.
    let work = |index: usize| queue.finish(index, catch_unwind(AssertUnwindSafe(|| work(&things[index]))));
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| {
                while let Some(index) = queue.wait_for_work() {
                    work(index);
                }
            });
        }
        let _stop = Stop(&queue);
        for (index, thing) in things.iter().enumerate() {
            let result = loop {
                match queue.result_or_work(index) {
                    Next::Result(result) => break result,
                    Next::Work(index) => work(index),
                }
            };
            take(thing, result.unwrap_or_else(|panic| resume_unwind(panic)))?;
            queue.taken();
        }
        Ok(())
    })
}

/// What is to be done, and what has been.
struct Queue<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
    /// How many things there are.
    count: usize,
    /// How many may be begun that have not been taken.
    ahead: usize,
}

struct State<R> {
    /// The thing that is begun next.
    next: usize,
    /// How many results have been taken.
    taken: usize,
    stopped: bool,
    finished: BTreeMap<usize, thread::Result<R>>,
}

impl<R> Default for State<R> {
    fn default() -> Self {
        Self { next: 0, taken: 0, stopped: false, finished: BTreeMap::new() }
    }
}

enum Next<R> {
    Result(thread::Result<R>),
    Work(usize),
}

impl<R> Queue<R> {
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        // The state is whole after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next thing that may be begun, as soon as there is one; `None` when there will be none.
    fn wait_for_work(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.next >= self.count {
                return None;
            }
            if let Some(index) = self.begin(&mut state) {
                return Some(index);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The result of a thing; while another thread makes it, other work.
    fn result_or_work(&self, index: usize) -> Next<R> {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.finished.remove(&index) {
                return Next::Result(result);
            }
            if let Some(index) = self.begin(&mut state) {
                return Next::Work(index);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn begin(&self, state: &mut State<R>) -> Option<usize> {
        let may = state.next < self.count && state.next < state.taken + self.ahead;
        may.then(|| {
            state.next += 1;
            state.next - 1
        })
    }

    fn finish(&self, index: usize, result: thread::Result<R>) {
        self.lock().finished.insert(index, result);
        self.changed.notify_all();
    }

    fn taken(&self) {
        self.lock().taken += 1;
        self.changed.notify_all();
    }
}

/// Lets the other threads end, however this one leaves.
struct Stop<'a, R>(&'a Queue<R>);

impl<R> Drop for Stop<'_, R> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn slowly(thing: &u32) -> u32 {
        // The first ones take longest.
        thread::sleep(Duration::from_micros(u64::from(40 - thing.min(&40)) * 100));
        thing * 2
    }

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        let things: Vec<u32> = (0..60).collect();
        for threads in [0, 1, 2, 7] {
            let mut taken = Vec::new();
            let take = |thing: &u32, result| -> Result<(), ()> {
                assert_eq!(thing * 2, result);
                taken.push(*thing);
                Ok(())
            };
            assert_eq!(in_order(&things, threads, slowly, take), Ok(()));
            assert_eq!(taken, things, "{threads}");
        }
    }

    #[test]
    fn what_waits_to_be_taken_stays_bounded_and_a_fault_ends_it() {
        let things: Vec<u32> = (0..500).collect();
        let begun = Mutex::new(0);
        let work = |thing: &u32| {
            *begun.lock().expect("whole") += 1;
            *thing
        };
        assert_eq!(in_order(&things, 3, work, |_, thing| if thing == 20 { Err(thing) } else { Ok(()) }), Err(20));
        let begun = *begun.lock().expect("whole");
        assert!((21..=20 + 3 * AHEAD + 3).contains(&begun), "{begun}");
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let things: Vec<u32> = (0..50).collect();
        let work = |thing: &u32| if *thing == 30 { panic!("thirty") } else { *thing };
        let run = || in_order(&things, 2, work, |_, _| -> Result<(), ()> { Ok(()) });
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    }
}
