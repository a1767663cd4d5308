//! Where access tokens of Facebook and Login with Amazon are checked, and in whose name.

use cenote::logins::AccessTokenChecks;
use url::Url;

use crate::Failure;

/// What the flags say.
pub(crate) fn read(
    secrets: &[String],
    facebook: Option<&Url>,
    amazon: Option<&Url>,
) -> Result<AccessTokenChecks, Failure> {
    let mut checks = AccessTokenChecks::default();
    for text in secrets {
        let pair = text.split_once('=').filter(|(app, secret)| !app.is_empty() && !secret.is_empty());
        let (app, secret) = pair.ok_or("--facebook-app-secret: not an app and its secret, as APP=SECRET")?;
        checks.facebook_app_secrets.insert(app.to_owned(), secret.into());
    }
    checks.facebook = facebook.cloned().unwrap_or(checks.facebook);
    checks.amazon = amazon.cloned().unwrap_or(checks.amazon);
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_have_secrets_and_addresses_may_be_others() {
        let facebook: Url = "https://graph.example".parse().unwrap();
        let checks = read(&["app=a=b".to_owned()], Some(&facebook), None).unwrap();

        assert_eq!(checks.facebook_app_secrets["app"].expose(), "a=b");
        assert_eq!((checks.facebook, checks.amazon.as_str()), (facebook, "https://api.amazon.com/"));
        for wrong in ["app", "=secret", "app="] {
            assert!(read(&[wrong.to_owned()], None, None).is_err(), "{wrong}");
        }
    }
}
