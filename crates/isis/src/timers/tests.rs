use super::*;

#[test]
fn every_profile_works() {
    for profile in TimerProfile::ALL {
        let timers = profile.timers();
        assert_eq!(timers.check(), Ok(()), "{profile}");
        assert_eq!(timers.workable(), timers, "{profile}");
    }
}

#[test]
fn each_timer_is_set_on_its_own() {
    let base = TimerProfile::Cisco.timers();
    let overrides = TimerOverrides {
        retransmit_interval: Some(Duration::from_secs(1)),
        ..TimerOverrides::default()
    };
    let timers = overrides.over(base).unwrap();
    assert_eq!(timers.retransmit_interval, Duration::from_secs(1));
    let back = Timers {
        retransmit_interval: base.retransmit_interval,
        ..timers
    };
    assert_eq!(back, base);
}

/// A table of texts, read as `T`.
fn read<T: serde::de::DeserializeOwned>(table: &[(&str, &str)]) -> Option<T> {
    use serde::de::value::{Error, MapDeserializer};
    let table = MapDeserializer::<_, Error>::new(table.iter().copied());
    T::deserialize(table).ok()
}

#[test]
fn overrides_are_read_from_a_table_and_unknown_keys_refused() {
    let read_one = read::<TimerOverrides>(&[("psnp_interval", "500ms")]);
    let psnp_interval = Some(Duration::from_millis(500));
    let expected = TimerOverrides {
        psnp_interval,
        ..TimerOverrides::default()
    };
    assert_eq!(read_one, Some(expected));
    assert_eq!(read::<TimerOverrides>(&[("psnp", "500ms")]), None);
    assert_eq!(read::<TimerOverrides>(&[("psnp_interval", "500")]), None);
}

#[test]
fn a_generation_rule_is_read_by_its_kind() {
    let rule = [("kind", "one-shot"), ("wait", "2s")];
    let wait = Duration::from_secs(2);
    assert_eq!(read(&rule), Some(LspGeneration::OneShot { wait }));
    assert_eq!(read::<LspGeneration>(&[("kind", "one-shot")]), None);
    let read_back = read::<LspGeneration>(&[("kind", "immediate")]);
    assert_eq!(read_back, Some(LspGeneration::Immediate));
}

#[test]
fn what_cannot_work_is_refused() {
    let second = Duration::from_secs(1);
    let mut timers = Timers {
        hello_interval: Duration::ZERO,
        ..Timers::default()
    };
    assert_eq!(timers.check(), Err(TimersError::Zero("hello_interval")));
    timers.hello_interval = second * 40_000;
    assert!(matches!(timers.check(), Err(TimersError::TooLong(_))));
    timers.hello_interval = second;
    timers.refresh_interval = timers.max_age;
    assert_eq!(timers.check(), Err(TimersError::RefreshAfterMaxAge));
    assert_eq!(timers.workable().check(), Ok(()));
}
