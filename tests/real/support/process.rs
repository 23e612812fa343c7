//! Programs that a test starts: on free loopback ports, waited for by asking, ended on drop.

use std::collections::HashSet;
use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Long enough for a busy machine with two cores; a healthy start takes well under a second.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A port that nothing listens on and that no other test of this process was given.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let port = listener.local_addr().expect("its address").port();
        let mut given = GIVEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if given.get_or_insert_with(HashSet::new).insert(port) {
            return port;
        }
    }
}

/// Where to find a program: what `install.sh` built itself comes before what the system has.
pub fn tool(name: &str) -> PathBuf {
    let built = std::env::var_os("REGPROBE_REAL_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/real"),
        |dir| Path::new(env!("CARGO_MANIFEST_DIR")).join(dir),
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(built.join("bin"))
        .chain(std::env::split_paths(&path))
        .chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|dir| dir.join(name))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed: run tests/real/install.sh"))
}

/// A running server; ended when it goes out of scope.
pub struct Service {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Service {
    /// Starts a program that will listen on `port`, and waits until it accepts connections.
    /// What it prints goes to `<dir>/<port>.log`, which is shown when it does not come up.
    pub fn start(mut command: Command, port: u16, dir: &Path) -> Service {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let log_path = dir.join(format!("{port}.log"));
        let log = File::create(&log_path).expect("a log file");
        let errors = log.try_clone().expect("a second handle of the log");
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let mut service = Service { child, address };
        let told = || std::fs::read_to_string(&log_path).unwrap_or_default();
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            if let Some(status) = service.child.try_wait().expect("its state") {
                panic!("{command:?} ended with {status}:\n{}", told());
            }
            assert!(Instant::now() < deadline, "{command:?} does not listen on {address}:\n{}", told());
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Best effort: a program that has ended already is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end; its output is shown only when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}
