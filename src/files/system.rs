//! The system's clock, its random numbers, and who is at work where.

use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::crypto::RandomSource;
use crate::files::read_small;
use crate::time::{Clock, Time};

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
        };
        Time::from_unix(seconds)
    }
}

/// The random numbers of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()> {
        getrandom::fill(buffer).map_err(io::Error::other)
    }
}

/// Most bytes of `/etc/passwd` that are searched: 1 MiB, some ten thousand users.
const PASSWD_BYTES: u64 = 1 << 20;

/// The login name of the user who runs this process, by the system's list; `uid N` where it has none.
///
/// The environment is not asked: it would let anybody write another name into the trail.
#[must_use]
pub fn login_name() -> String {
    let uid = rustix::process::getuid().as_raw();
    let list = read_small(Path::new("/etc/passwd"), PASSWD_BYTES).unwrap_or_default();
    name_of(&String::from_utf8_lossy(&list), uid).unwrap_or_else(|| format!("uid {uid}"))
}

/// The name of this machine, or `localhost`.
#[must_use]
pub fn host_name() -> String {
    let named = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|path| {
        let bytes = read_small(Path::new(path), 1024).ok()?;
        let name = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!name.is_empty()).then_some(name)
    });
    named.unwrap_or_else(|| "localhost".to_owned())
}

/// passwd(5): `name:password:UID:GID:...`
fn name_of(list: &str, uid: u32) -> Option<String> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found: u32 = fields.nth(1)?.parse().ok()?;
        (found == uid && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use crate::crypto::RandomSource;
    use crate::files::SystemRandom;
    use crate::files::system::name_of;

    #[test]
    fn users_are_found_by_number() {
        let list = "root:x:0:0:root:/root:/bin/sh\nbroken\nclerk:x:1000:1000::/home/clerk:/bin/sh\n";
        assert_eq!(name_of(list, 0).as_deref(), Some("root"));
        assert_eq!(name_of(list, 1000).as_deref(), Some("clerk"));
        assert_eq!(name_of(list, 7), None);
    }

    #[test]
    fn random_bytes_differ() {
        let (mut one, mut two) = ([0; 32], [0; 32]);
        SystemRandom.fill(&mut one).unwrap();
        SystemRandom.fill(&mut two).unwrap();
        assert_ne!(one, two);
    }
}
