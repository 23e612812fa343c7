use super::*;

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

/// A server that answers so many requests a second with room for `burst`, and 429 to the rest; as a run would meet it.
struct Bucket {
    rate: f64,
    burst: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    fn takes(&mut self, now: Instant) -> bool {
        self.level = (self.level + now.duration_since(self.at).as_secs_f64() * self.rate).min(self.burst);
        self.at = now;
        let takes = self.level >= 1.0;
        self.level -= f64::from(u8::from(takes));
        takes
    }
}

/// Sends `requests` over a link of 2 ms, as fast as the brake allows; the time it took, and how many were refused.
fn run(requests: usize, rate: f64, burst: f64, retry_after: Option<&str>) -> (Duration, u32) {
    let started = Instant::now();
    let mut now = started;
    let mut bucket = Bucket { rate, burst, level: burst, at: now };
    let mut brake = Brake::default();
    let (mut done, mut refused) = (0, 0);
    while done < requests {
        if let Some(wait) = brake.wait(now) {
            now += wait;
        }
        brake.sent(now);
        now += Duration::from_millis(2);
        if bucket.takes(now) {
            brake.served(now);
            done += 1;
        } else {
            refused += 1;
            let headers: Vec<Header> = retry_after.iter().map(|v| header("retry-after", v)).collect();
            assert!(brake.limited(&headers, now, SystemTime::now(), Duration::from_secs(600)), "it gave up");
        }
    }
    (now - started, refused)
}

#[test]
fn a_429_is_honoured_and_a_long_one_ends_the_run() {
    let (now, wall) = (Instant::now(), SystemTime::now());
    let left = Duration::from_secs(100);
    let mut brake = Brake::default();
    brake.served(now);
    assert!(brake.limited(&[header("retry-after", "2")], now, wall, left));
    assert_eq!(brake.wait(now), Some(Duration::from_secs(2)));
    // Others that were under way at the time are no further pause.
    assert!(brake.limited(&[], now, wall, left));
    assert_eq!(brake.fruitless, 1);
    assert!(!brake.limited(&[header("retry-after", "3600")], now + Duration::from_secs(3), wall, left));
    assert!(brake.stopped.is_some_and(|s| s.contains("3600")));
}

#[test]
fn a_single_limit_costs_about_its_pause() {
    // Room for all but the last few requests: a run of a second is no run of a minute.
    let (took, refused) = run(540, 100.0, 500.0, Some("1"));
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert!(refused <= 2, "{refused}");
}

#[test]
fn it_stays_just_below_what_is_allowed() {
    for (rate, burst, retry_after) in [
        (30.0, 1.0, None),
        (30.0, 10.0, Some("1")),
        (10.0, 10.0, None),
        (5.0, 1.0, Some("1")),
        (2.0, 5.0, None),
    ] {
        let (took, refused) = run(540, rate, burst, retry_after);
        let ideal = (540.0 - burst) / rate;
        assert!(took.as_secs_f64() < ideal * 1.65 + 2.0, "{rate}/s: {took:?} where {ideal:.0} s are ideal");
        assert!(f64::from(refused) < 540.0 * 0.15, "{rate}/s: {refused} refused");
    }
}

#[test]
fn it_is_never_hammered() {
    let (mut now, wall) = (Instant::now(), SystemTime::now());
    let left = Duration::from_secs(100);
    let mut brake = Brake::default();
    assert!(brake.limited(&[], now, wall, left));
    now += Duration::from_secs(20);
    assert!(!brake.limited(&[], now, wall, left), "nothing but 429 was ever answered");

    let mut brake = Brake::default();
    brake.served(now);
    for _ in 0..FRUITLESS {
        assert!(brake.limited(&[], now, wall, left));
        now += Duration::from_secs(20);
    }
    assert!(!brake.limited(&[], now, wall, left));
}

#[test]
fn what_was_throttled_is_counted() {
    let (now, wall) = (Instant::now(), SystemTime::now());
    let mut brake = Brake::default();
    assert_eq!(brake.throttled(), None);
    brake.served(now);
    brake.limited(&[header("retry-after", "3")], now, wall, Duration::from_secs(100));
    let throttled = brake.throttled().unwrap();
    assert_eq!((throttled.refused, throttled.answered, throttled.since), (1, 0, Some(now)));
}
