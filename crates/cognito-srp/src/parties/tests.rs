use super::*;

/// No `A` and `B` are known whose hash is zero, so the rule is asked itself.
#[test]
fn line_52_a_scrambling_parameter_of_zero_ends_the_sign_in() {
    assert_eq!(scrambling(U256::ZERO), Err(SrpError::Forbidden));
    assert_eq!(scrambling(U256::ONE), Ok(U256::ONE));
}
