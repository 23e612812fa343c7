//! nginx in front of a registry.

use std::path::Path;
use std::process::Command;

use super::process::{Service, free_port, tool};

/// Starts nginx with one `server` whose `location`s are given.
pub fn start(dir: &Path, locations: &str) -> Service {
    let port = free_port();
    let home = dir.join(format!("nginx-{port}"));
    let (root, temp) = (home.display(), ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]);
    std::fs::create_dir_all(&home).expect("a directory");
    let temp: String = temp.iter().map(|t| format!("  {t}_temp_path {root}/{t};\n")).collect();
    // One process in the foreground, so that ending it ends all of it.
    let config = format!(
        "daemon off; master_process off; pid {root}/pid; error_log stderr;\n\
         events {{ worker_connections 512; }}\n\
         http {{\n  access_log off; client_max_body_size 0; proxy_http_version 1.1;\n{temp}\
         \x20 proxy_set_header Host $http_host;\n\
         \x20 server {{ listen 127.0.0.1:{port}; {locations} }}\n}}\n"
    );
    let path = home.join("nginx.conf");
    std::fs::write(&path, config).expect("a configuration");
    let mut command = Command::new(tool("nginx"));
    command.arg("-e").arg("stderr").arg("-p").arg(&home).arg("-c").arg(&path);
    Service::start(command, port, dir)
}
