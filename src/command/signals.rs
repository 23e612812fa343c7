//! Ctrl-C, SIGTERM and SIGHUP: the first asks a run to end and to write its report, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tokio::sync::watch;

use super::CommandError;

/// Whether the first came.
static ARRIVED: AtomicBool = AtomicBool::new(false);

/// Held while a file has a name that it must not keep.
static UNBROKEN: Mutex<()> = Mutex::new(());

/// Whether the process was asked to end.
pub(super) fn arrived() -> bool {
    ARRIVED.load(Ordering::SeqCst)
}

/// While this is held, a second signal waits for what is a matter of a moment.
pub(super) fn unbroken() -> MutexGuard<'static, ()> {
    UNBROKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells a run when it is to end.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// From now on no signal ends the process at once, but the second. A thread of its own listens: whatever the run
    /// is busy with, the second signal ends it.
    pub(crate) fn listen() -> Result<Stop, CommandError> {
        let refuse = |e: std::io::Error| CommandError::new(format!("no signal can be awaited: {e}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refuse)?;
        let mut signals = {
            let _entered = runtime.enter();
            Signals::new().map_err(refuse)?
        };
        let (tell, told) = watch::channel(false);
        let listen = async move {
            signals.next().await;
            ARRIVED.store(true, Ordering::SeqCst);
            // A run that is over listens no more.
            let _ = tell.send(true);
            signals.next().await;
            leave();
        };
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(listen))
            .map_err(refuse)?;
        Ok(Stop(told))
    }

    /// Whether the run is to end.
    pub(crate) fn asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes when the run is to end.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut told = self.0.clone();
        async move {
            if told.wait_for(|asked| *asked).await.is_err() {
                // The listener went: nothing will ever ask.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Ends the process without a report, and without a leftover: a file that takes its name is waited for, a second at most.
fn leave() -> ! {
    for _ in 0..100 {
        match UNBROKEN.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            // Held until the end: no other file is begun.
            _held => std::process::exit(3),
        }
    }
    std::process::exit(3)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: (!hangup_ignored()).then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether this process was started to outlive its terminal, as by `nohup`.
#[cfg(unix)]
fn hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is the first of them.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
