//! Accounts whose roles' credentials another security token service vends.

use std::sync::Arc;

use cenote::Builder;
use cenote::adapters::{HttpClient, HttpSettings, StsClient, StsKind};
use url::Url;

use crate::Failure;

/// An account, and who vends for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OtherSts {
    account: String,
    url: Url,
    kind: StsKind,
}

/// The accounts that the flags name: each once.
pub(crate) fn read(aws: &[String], s3: &[String]) -> Result<Vec<OtherSts>, Failure> {
    let aws = aws.iter().map(|text| one("--aws-sts", text, StsKind::Aws));
    let s3 = s3.iter().map(|text| one("--s3-sts", text, StsKind::S3Store));
    let all = aws.chain(s3).collect::<Result<Vec<_>, _>>()?;
    for (at, own) in all.iter().enumerate() {
        if all.iter().skip(at + 1).any(|other| other.account == own.account) {
            return Err(format!("--aws-sts, --s3-sts: the account {} is named twice", own.account).into());
        }
    }
    Ok(all)
}

fn one(flag: &str, text: &str, kind: StsKind) -> Result<OtherSts, Failure> {
    let wrong = || format!("{flag} {text}: not an account and an address, as 111122223333=https://...");
    let (account, url) = text.split_once('=').ok_or_else(wrong)?;
    if account.len() != 12 || !account.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong().into());
    }
    Ok(OtherSts { account: account.to_owned(), url: url.parse().map_err(|_| wrong())?, kind })
}

/// The builder with all of them.
pub(crate) fn add(builder: Builder, services: &[OtherSts], outbound: &HttpSettings) -> Result<Builder, Failure> {
    // The operator has written these addresses, and nobody else chooses among them: one on this machine needs no TLS.
    let mut allowed = outbound.clone();
    allowed.http_on_loopback = true;
    let http = Arc::new(HttpClient::new(allowed).map_err(|error| error.to_string())?);
    Ok(services.iter().fold(builder, |builder, OtherSts { account, url, kind }| {
        builder.credential_backend(account, Arc::new(StsClient::new(Arc::clone(&http) as _, url.clone(), *kind)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_one_service_with_an_address() {
        let of = |aws: &[&str], s3: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            read(&owned(aws), &owned(s3)).map_err(|error| error.to_string())
        };

        let services = of(&["111122223333=https://sts.example/"], &["444455556666=http://localhost:9000"]).unwrap();
        assert_eq!(services.iter().map(|one| one.kind).collect::<Vec<_>>(), [StsKind::Aws, StsKind::S3Store]);
        for bad in ["https://sts.example/", "111=https://sts.example/", "111122223333=sts", "11112222333x=https://a/"] {
            assert!(of(&[bad], &[]).unwrap_err().contains(bad), "{bad}");
        }
        let twice = of(&["111122223333=https://a/"], &["111122223333=https://b/"]);
        assert!(twice.unwrap_err().contains("named twice"));
    }
}
