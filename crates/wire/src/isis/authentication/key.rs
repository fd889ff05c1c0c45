//! The shared secret.

use core::fmt;
use core::str::FromStr;

use serde::Deserialize;

/// A key for HMAC-MD5: one byte or more. It is never shown: `Debug` hides it, and it is read from
/// configuration but not written.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AuthenticationKey(Box<[u8]>);

/// Why a key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the authentication key is empty: give a secret, or leave authentication out")]
pub struct AuthenticationKeyError;

impl AuthenticationKey {
    /// A key from its bytes. Those above 64 are hashed (RFC 2104 s3); 16 or more are advised.
    ///
    /// # Errors
    /// There are none: anybody knows the empty key.
    pub fn new(key: impl Into<Vec<u8>>) -> Result<Self, AuthenticationKeyError> {
        let key = key.into();
        match key.is_empty() {
            true => Err(AuthenticationKeyError),
            false => Ok(Self(key.into())),
        }
    }

    /// The secret itself, for who signs with it or hands it to a device's configuration. Nothing else
    /// shows it.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for AuthenticationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticationKey(..)")
    }
}

impl TryFrom<String> for AuthenticationKey {
    type Error = AuthenticationKeyError;

    fn try_from(key: String) -> Result<Self, Self::Error> {
        Self::new(key)
    }
}

impl FromStr for AuthenticationKey {
    type Err = AuthenticationKeyError;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::new(key)
    }
}
