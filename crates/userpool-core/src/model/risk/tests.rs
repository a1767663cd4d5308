use super::*;

fn with_actions(actions: [Option<RiskAction>; 3]) -> RiskConfiguration {
    let [low, medium, high] = actions.map(|action| action.map(|action| TakeoverAction { action, notify: false }));
    let takeover = Some(AccountTakeover { low, medium, high, notify: None });
    RiskConfiguration { takeover, ..RiskConfiguration::default() }
}

#[test]
fn a_higher_risk_has_no_milder_answer() {
    use RiskAction::{Block, MfaIfConfigured, MfaRequired, NoAction};

    for fine in [
        [None, None, None],
        [Some(NoAction), Some(MfaIfConfigured), Some(MfaRequired)],
        [Some(Block), Some(Block), Some(Block)],
        [Some(MfaRequired), None, Some(Block)],
    ] {
        assert_eq!(with_actions(fine).check(), Ok(()), "{fine:?}");
    }
    for wrong in [[Some(Block), Some(NoAction), None], [Some(MfaRequired), None, Some(MfaIfConfigured)]] {
        assert_eq!(with_actions(wrong).check(), Err(Invalid::RiskActions), "{wrong:?}");
    }
}
