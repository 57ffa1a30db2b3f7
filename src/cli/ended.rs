//! A program that is told to end leaves nothing unfinished behind.

/// From now on SIGINT (Ctrl-C) and SIGTERM remove what is under way before they end the program as they would have. SIGHUP is
/// left alone: `nohup` has it ignored.
#[cfg(unix)]
pub(super) fn clear_up_first() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    // Where signals cannot be heard, the system ends the program.
    let Ok(mut heard) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in heard.forever() {
            wenji::unfinished::abandon();
            // Ends the program by the signal itself, so that its parent sees why.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

/// Elsewhere the system ends the program.
#[cfg(not(unix))]
pub(super) fn clear_up_first() {}
