//! A group of users, which may stand for a role.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{GroupId, GroupName, UserPoolId};

/// A group of a pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its pool.
    pub pool: UserPoolId,
    /// The group for ever: memberships name it.
    pub id: GroupId,
    /// Its name.
    pub name: GroupName,
    /// What it is for, shown to people and judged by nobody.
    pub description: Option<String>,
    /// The ARN of the role that members may take in an identity pool.
    pub role_arn: Option<String>,
    /// The smaller, the better; none is worst. 0 to 2,147,483,647.
    pub precedence: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

/// What a user's groups put into tokens.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupClaims {
    /// Names, best precedence first, equal ones by name.
    pub names: Vec<String>,
    /// The roles of those groups, in that order, each once.
    pub roles: Vec<String>,
    /// The best group's role; none if groups of the best precedence have different ones.
    pub preferred_role: Option<String>,
}

impl GroupClaims {
    /// The claims of these groups.
    pub fn of(mut groups: Vec<Group>) -> Self {
        let rank = |group: &Group| group.precedence.unwrap_or(i64::MAX);
        groups.sort_by(|one, other| (rank(one), &one.name).cmp(&(rank(other), &other.name)));
        let mut claims = Self::default();
        for group in &groups {
            claims.names.push(group.name.to_string());
            if let Some(role) = &group.role_arn
                && !claims.roles.contains(role)
            {
                claims.roles.push(role.clone());
            }
        }
        let with_role = groups.iter().filter(|group| group.role_arn.is_some());
        let best = with_role.clone().map(rank).min();
        let mut best_roles = with_role.filter(|group| Some(rank(group)) == best).map(|group| &group.role_arn);
        if let Some(first) = best_roles.next()
            && best_roles.all(|other| other == first)
        {
            claims.preferred_role.clone_from(first);
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i64>, role: Option<&str>) -> Group {
        let at = Timestamp::from_epoch_seconds(0);
        Group {
            pool: "us-east-1_x".parse().unwrap(),
            id: "00000000-0000-4000-8000-000000000000".parse().unwrap(),
            name: name.parse().unwrap(),
            description: None,
            role_arn: role.map(str::to_owned),
            precedence,
            created_at: at,
            modified_at: at,
        }
    }

    #[test]
    fn the_best_groups_role_is_preferred() {
        let claims = GroupClaims::of(vec![
            group("late", None, Some("r3")),
            group("second", Some(2), Some("r2")),
            group("first", Some(1), Some("r1")),
            group("plain", Some(0), None),
        ]);

        assert_eq!(claims.names, ["plain", "first", "second", "late"]);
        assert_eq!(claims.roles, ["r1", "r2", "r3"]);
        assert_eq!(claims.preferred_role.as_deref(), Some("r1"));
    }

    #[test]
    fn two_best_groups_with_different_roles_prefer_none_with_the_same_role_that_one() {
        let different = GroupClaims::of(vec![group("a", Some(1), Some("r1")), group("b", Some(1), Some("r2"))]);
        let same = GroupClaims::of(vec![group("a", Some(1), Some("r1")), group("b", Some(1), Some("r1"))]);

        assert_eq!((different.preferred_role, different.roles.len()), (None, 2));
        assert_eq!(same.preferred_role.as_deref(), Some("r1"));
    }
}
