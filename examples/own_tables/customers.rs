//! The table of customers: what is asked for and joined has columns, the rest of a user stands in one of them as JSON.

use std::collections::BTreeMap;

use cenote::documents::error::{StorageError, StorageErrorKind};
use cenote::documents::{PageRequest, Versioned};
use cenote::sqlite::rusqlite::types::Value;
use cenote::sqlite::rusqlite::{self, Connection, OptionalExtension as _, Row, params, params_from_iter};
use cenote::userpool::model::login::LoginKey;
use cenote::userpool::model::user::{Credential, User};
use cenote::userpool::storage::{PasswordWrite, UserAndPassword, UserWrite};

/// Columns are filled by Cenote alone: change an address through the service, so that the name that signs in changes with it.
pub(crate) const SCHEMA: &str = "
PRAGMA foreign_keys = ON;
CREATE TABLE IF NOT EXISTS customer (
    pool TEXT NOT NULL, id TEXT NOT NULL, username TEXT NOT NULL, email TEXT, name TEXT, phone_number TEXT,
    rest TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (pool, id)
);
-- The names that sign in, folded as the pool folds them: each once in a pool.
CREATE TABLE IF NOT EXISTS customer_name (
    pool TEXT NOT NULL, name TEXT NOT NULL, customer TEXT NOT NULL,
    PRIMARY KEY (pool, name),
    FOREIGN KEY (pool, customer) REFERENCES customer (pool, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customer_name_customer ON customer_name (pool, customer);
-- The logins at outside providers that lead to customers: each to one of a pool.
CREATE TABLE IF NOT EXISTS customer_login (
    pool TEXT NOT NULL, provider TEXT NOT NULL, known_by TEXT NOT NULL, value TEXT NOT NULL, customer TEXT NOT NULL,
    PRIMARY KEY (pool, provider, known_by, value),
    FOREIGN KEY (pool, customer) REFERENCES customer (pool, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customer_login_customer ON customer_login (pool, customer);
-- What customers are searched by.
CREATE TABLE IF NOT EXISTS customer_value (
    pool TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL, customer TEXT NOT NULL,
    PRIMARY KEY (pool, attribute, value, customer),
    FOREIGN KEY (pool, customer) REFERENCES customer (pool, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customer_value_customer ON customer_value (pool, customer);
-- Which groups somebody is in.
CREATE TABLE IF NOT EXISTS customer_group (
    pool TEXT NOT NULL, grp TEXT NOT NULL, customer TEXT NOT NULL,
    PRIMARY KEY (pool, grp, customer),
    FOREIGN KEY (pool, customer) REFERENCES customer (pool, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customer_group_customer ON customer_group (pool, customer);
-- Apart from the customers, so that whoever lists those reads no hashes.
CREATE TABLE IF NOT EXISTS customer_password (
    pool TEXT NOT NULL, customer TEXT NOT NULL, password TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (pool, customer)
) WITHOUT ROWID;
";

/// The attributes that have a column.
const COLUMNS: [&str; 3] = ["email", "name", "phone_number"];

/// What a row is read from. `c` is the customer.
const CUSTOMER: &str = "c.version, c.rest, c.email, c.name, c.phone_number";

/// What a customer is searched by: every attribute, and what stands beside them.
fn values_of(user: &User) -> BTreeMap<&str, &str> {
    let attributes = user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let beside =
        [("cognito:user_status", user.status.name()), ("sub", user.sub.as_str()), ("username", user.username.as_str())];
    let disabled = (!user.enabled).then_some(("status", "Disabled"));
    attributes.chain(beside).chain(disabled).collect()
}

fn failed(error: rusqlite::Error) -> StorageError {
    StorageError::unavailable(error)
}

fn json(value: &impl serde::Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(StorageError::corrupt)
}

fn read_customer(row: &Row<'_>) -> Result<Versioned<User>, StorageError> {
    let rest: String = row.get(1).map_err(failed)?;
    let mut user: User = serde_json::from_str(&rest).map_err(StorageError::corrupt)?;
    for (at, attribute) in COLUMNS.into_iter().enumerate() {
        let value: Option<String> = row.get(at + 2).map_err(failed)?;
        user.attributes.extend(value.map(|value| (attribute.to_owned(), value)));
    }
    Ok(Versioned::new(user, row.get(0).map_err(failed)?))
}

/// What a query gives, row by row.
fn select<T>(
    connection: &Connection,
    query: &str,
    parameters: Vec<Value>,
    read: impl Fn(&Row<'_>) -> Result<T, StorageError>,
) -> Result<Vec<T>, StorageError> {
    let mut query = connection.prepare_cached(query).map_err(failed)?;
    let mut rows = query.query(params_from_iter(parameters)).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The customer of this id.
pub(crate) fn with_id(connection: &Connection, pool: &str, id: &str) -> Result<Option<Versioned<User>>, StorageError> {
    let query = format!("SELECT {CUSTOMER} FROM customer c WHERE c.pool = ?1 AND c.id = ?2");
    Ok(select(connection, &query, vec![text(pool), text(id)], read_customer)?.pop())
}

/// The customer whom this name leads to.
pub(crate) fn named(connection: &Connection, pool: &str, name: &str) -> Result<Option<Versioned<User>>, StorageError> {
    let query = format!(
        "SELECT {CUSTOMER} FROM customer_name n JOIN customer c ON c.pool = n.pool AND c.id = n.customer \
         WHERE n.pool = ?1 AND n.name = ?2"
    );
    Ok(select(connection, &query, vec![text(pool), text(name)], read_customer)?.pop())
}

/// The customer whom this login leads to.
pub(crate) fn of_login(
    connection: &Connection,
    pool: &str,
    login: &LoginKey,
) -> Result<Option<Versioned<User>>, StorageError> {
    let query = format!(
        "SELECT {CUSTOMER} FROM customer_login l JOIN customer c ON c.pool = l.pool AND c.id = l.customer \
         WHERE l.pool = ?1 AND l.provider = ?2 AND l.known_by = ?3 AND l.value = ?4"
    );
    let LoginKey { provider, by, value } = login;
    let sought = vec![text(pool), text(provider.as_str()), text(by), text(value)];
    Ok(select(connection, &query, sought, read_customer)?.pop())
}

/// A customer and the password, read as they are at one moment: by id, or by a name that leads there.
pub(crate) fn with_password(
    connection: &Connection,
    pool: &str,
    by: By<'_>,
) -> Result<Option<UserAndPassword>, StorageError> {
    let (whose, sought) = match by {
        By::Id(id) => ("?2", id),
        By::Name(name) => ("(SELECT customer FROM customer_name WHERE pool = ?1 AND name = ?2)", name),
    };
    let query = format!(
        "SELECT {CUSTOMER}, p.version, p.password FROM customer c \
         LEFT JOIN customer_password p ON p.pool = c.pool AND p.customer = c.id WHERE c.pool = ?1 AND c.id = {whose}"
    );
    let read = |row: &Row<'_>| Ok((read_customer(row)?, read_password(row, 2 + COLUMNS.len())?));
    Ok(select(connection, &query, vec![text(pool), text(sought)], read)?.pop())
}

/// What a customer is looked up by.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    Id(&'a str),
    Name(&'a str),
}

fn read_password(row: &Row<'_>, at: usize) -> Result<Option<Versioned<Credential>>, StorageError> {
    let version: Option<u64> = row.get(at).map_err(failed)?;
    let Some(version) = version else { return Ok(None) };
    let password: String = row.get(at + 1).map_err(failed)?;
    Ok(Some(Versioned::new(serde_json::from_str(&password).map_err(StorageError::corrupt)?, version)))
}

/// The password of this customer.
pub(crate) fn password(
    connection: &Connection,
    pool: &str,
    id: &str,
) -> Result<Option<Versioned<Credential>>, StorageError> {
    let query = "SELECT version, password FROM customer_password WHERE pool = ?1 AND customer = ?2";
    let found = select(connection, query, vec![text(pool), text(id)], |row| read_password(row, 0))?;
    Ok(found.into_iter().next().flatten())
}

/// Which customers a listing is of, and in which order: by the value, then by the id.
pub(crate) enum Listing {
    All,
    Members { group: String },
    Search { attribute: String, value: String, prefix: bool },
}

/// Up to `limit` customers behind the last of the page before, each read off an index.
pub(crate) fn list(
    connection: &Connection,
    pool: &str,
    listing: &Listing,
    page: &PageRequest,
    limit: usize,
) -> Result<Vec<Versioned<User>>, StorageError> {
    let (id, value) = position(page);
    let (from, within, order, sought) = match listing {
        Listing::All => ("customer c", "c.id > ?2", "c.id", vec![]),
        Listing::Members { group } => (
            "customer_group g JOIN customer c ON c.pool = g.pool AND c.id = g.customer",
            "g.pool = ?1 AND g.grp = ?4 AND g.customer > ?2",
            "g.customer",
            vec![text(group)],
        ),
        Listing::Search { attribute, value: sought, prefix } => (
            "customer_value v JOIN customer c ON c.pool = v.pool AND c.id = v.customer",
            "v.pool = ?1 AND v.attribute = ?4 AND v.value >= ?5 AND v.value < CAST(?6 AS TEXT) \
             AND (v.value, v.customer) > (?7, ?2)",
            "v.value, v.customer",
            vec![text(attribute), text(sought), end_of(sought, *prefix), text(value)],
        ),
    };
    let query = format!("SELECT {CUSTOMER} FROM {from} WHERE c.pool = ?1 AND {within} ORDER BY {order} LIMIT ?3");
    let limit = Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX));
    select(connection, &query, [vec![text(pool), text(id), limit], sought].concat(), read_customer)
}

/// Below what lies the value, or whatever begins with it. Texts compare byte for byte, and none holds a byte of 0xFF.
fn end_of(value: &str, prefix: bool) -> Value {
    let end: &[u8] = if prefix { &[0xff] } else { &[0] };
    Value::Blob([value.as_bytes(), end].concat())
}

/// How long an id is: a UUID.
const ID_LENGTH: usize = 36;

/// Behind which id and value a page begins.
fn position(page: &PageRequest) -> (&str, &str) {
    page.after.as_deref().and_then(|token| token.split_at_checked(ID_LENGTH)).unwrap_or_default()
}

/// What the page behind this customer begins with.
pub(crate) fn token(listing: &Listing, last: &User) -> String {
    let value = match listing {
        Listing::Search { attribute, .. } => values_of(last).remove(attribute.as_str()),
        Listing::All | Listing::Members { .. } => None,
    };
    format!("{}{}", last.sub, value.unwrap_or_default())
}

/// Takes names away from customers who are changed or removed, if they stand as they were read. All of a commit's writes do
/// this before any of them is [written](write): so a name moves from one customer to another.
pub(crate) fn let_go(connection: &Connection, write: &UserWrite) -> Result<(), StorageError> {
    let (UserWrite::Update { before, .. } | UserWrite::Delete { before }) = write else { return Ok(()) };
    let stored: Option<u64> = connection
        .query_row(
            "SELECT version FROM customer WHERE pool = ?1 AND id = ?2",
            [before.pool.as_str(), before.sub.as_str()],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed)?;
    if stored != Some(before.version) {
        return Err(StorageError::of_kind(StorageErrorKind::Conflict));
    }
    for table in ["customer_name", "customer_login", "customer_value", "customer_group"] {
        let delete = format!("DELETE FROM {table} WHERE pool = ?1 AND customer = ?2");
        connection.execute(&delete, [before.pool.as_str(), before.sub.as_str()]).map_err(failed)?;
    }
    Ok(())
}

/// Writes a customer whose old names are gone. A refusal does not say which write it is of.
pub(crate) fn write(connection: &Connection, write: &UserWrite) -> Result<(), StorageError> {
    match write {
        UserWrite::Insert { user } if with_id(connection, user.pool.as_str(), user.sub.as_str())?.is_some() => {
            Err(StorageError::of_kind(StorageErrorKind::AlreadyExists))
        }
        UserWrite::Insert { user } => put(connection, user, 1),
        UserWrite::Update { before, after } => put(connection, after, before.version + 1),
        UserWrite::Delete { before } => {
            let delete = "DELETE FROM customer WHERE pool = ?1 AND id = ?2";
            connection.execute(delete, [before.pool.as_str(), before.sub.as_str()]).map(drop).map_err(failed)
        }
    }
}

fn put(connection: &Connection, user: &User, version: u64) -> Result<(), StorageError> {
    let (pool, id) = (user.pool.as_str(), user.sub.as_str());
    let mut rest = user.clone();
    let [email, name, phone_number] = COLUMNS.map(|attribute| rest.attributes.remove(attribute));
    let upsert = "INSERT INTO customer (pool, id, username, email, name, phone_number, rest, version) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (pool, id) DO UPDATE \
                  SET (username, email, name, phone_number, rest, version) = (?3, ?4, ?5, ?6, ?7, ?8)";
    let row = params![pool, id, user.username.as_str(), email, name, phone_number, json(&rest)?, version];
    connection.execute(upsert, row).map_err(failed)?;
    for (kind, name) in &user.names {
        let insert = "INSERT INTO customer_name (pool, name, customer) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        if connection.execute(insert, [pool, name, id]).map_err(failed)? == 0 {
            // The place of the write is filled in by who knows it.
            return Err(StorageError::refused(StorageErrorKind::AlreadyExists, 0, Some(kind.label())));
        }
    }
    for login in &user.logins {
        let LoginKey { provider, by, value } = &login.key;
        let insert = "INSERT INTO customer_login (pool, provider, known_by, value, customer) VALUES (?1, ?2, ?3, ?4, ?5) \
                      ON CONFLICT DO NOTHING";
        if connection.execute(insert, [pool, provider.as_str(), by, value, id]).map_err(failed)? == 0 {
            return Err(StorageError::refused(StorageErrorKind::AlreadyExists, 0, Some("login")));
        }
    }
    for (attribute, value) in values_of(user) {
        let insert = "INSERT INTO customer_value (pool, attribute, value, customer) VALUES (?1, ?2, ?3, ?4)";
        connection.execute(insert, [pool, attribute, value, id]).map_err(failed)?;
    }
    for group in user.memberships.values() {
        let insert = "INSERT OR IGNORE INTO customer_group (pool, grp, customer) VALUES (?1, ?2, ?3)";
        connection.execute(insert, [pool, group.as_str(), id]).map_err(failed)?;
    }
    Ok(())
}

/// Writes a password.
pub(crate) fn write_password(connection: &Connection, write: &PasswordWrite) -> Result<(), StorageError> {
    let changed = match write {
        PasswordWrite::Put { pool, sub, password } => {
            let upsert = "INSERT INTO customer_password (pool, customer, password, version) VALUES (?1, ?2, ?3, 1) \
                          ON CONFLICT DO UPDATE SET password = ?3, version = version + 1";
            connection.execute(upsert, params![pool.as_str(), sub.as_str(), json(password)?])
        }
        PasswordWrite::Update { pool, sub, before, after } => {
            let update = "UPDATE customer_password SET password = ?3, version = version + 1 \
                          WHERE pool = ?1 AND customer = ?2 AND version = ?4";
            connection.execute(update, params![pool.as_str(), sub.as_str(), json(after)?, before.version])
        }
        PasswordWrite::Insert { pool, sub, password } => {
            let insert = "INSERT INTO customer_password (pool, customer, password, version) VALUES (?1, ?2, ?3, 1) \
                          ON CONFLICT DO NOTHING";
            let changed = connection.execute(insert, params![pool.as_str(), sub.as_str(), json(password)?]);
            return match changed.map_err(failed)? {
                0 => Err(StorageError::of_kind(StorageErrorKind::AlreadyExists)),
                _ => Ok(()),
            };
        }
        PasswordWrite::Remove { pool, sub, before } => {
            let delete = "DELETE FROM customer_password WHERE pool = ?1 AND customer = ?2 AND version = ?3";
            connection.execute(delete, params![pool.as_str(), sub.as_str(), before.version])
        }
        PasswordWrite::Delete { pool, sub } => {
            let delete = "DELETE FROM customer_password WHERE pool = ?1 AND customer = ?2";
            connection.execute(delete, [pool.as_str(), sub.as_str()]).map(|_| 1)
        }
    };
    if changed.map_err(failed)? == 0 { Err(StorageError::of_kind(StorageErrorKind::Conflict)) } else { Ok(()) }
}

/// Removes up to `limit` rows of a pool, and says how many they were.
pub(crate) fn purge(connection: &Connection, pool: &str, limit: usize) -> Result<usize, StorageError> {
    let mut removed = 0;
    for (table, key) in [("customer", "id"), ("customer_password", "customer")] {
        let delete = format!(
            "DELETE FROM {table} WHERE pool = ?1 AND {key} IN (SELECT {key} FROM {table} WHERE pool = ?1 LIMIT ?2)"
        );
        let left = i64::try_from(limit - removed).unwrap_or(i64::MAX);
        removed += connection.execute(&delete, params![pool, left]).map_err(failed)?;
    }
    Ok(removed)
}
