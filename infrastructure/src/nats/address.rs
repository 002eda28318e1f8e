//! Where NATS is and who asks: one or several servers of one cluster, with or without credentials.
//!
//! Invariant: credentials are in no printed form. Absent on purpose: WebSockets, NKeys and JWTs.

use std::fmt;

use async_nats::{ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};

/// Who asks.
#[derive(Clone, Debug)]
enum Login {
    Nobody,
    User(String, SecretString),
    Token(SecretString),
}

/// Servers of one cluster.
#[derive(Clone)]
pub struct Address {
    servers: Vec<ServerAddr>,
    login: Login,
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, server) in self.servers.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let (scheme, host, port) = (server.scheme(), server.host(), server.port());
            write!(formatter, "{comma}{scheme}://{host}:{port}")?;
        }
        Ok(())
    }
}

/// The text leads to no NATS server. It is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no address of NATS servers")]
pub struct NoAddress;

impl Address {
    /// Reads `nats://HOST:PORT`, `tls://…`, with `USER:PASSWORD@` or `TOKEN@` before the host; several servers
    /// are separated by commas. The first credentials count for all.
    ///
    /// # Errors
    /// [`NoAddress`].
    pub fn parse(text: &str) -> Result<Self, NoAddress> {
        let (mut servers, mut login) = (Vec::new(), Login::Nobody);
        for part in text.split(',').map(str::trim) {
            let address: ServerAddr = part.parse().map_err(|_| NoAddress)?;
            let mut url = address.into_inner();
            if !matches!(url.scheme(), "nats" | "tls") || !url.has_host() {
                return Err(NoAddress);
            }
            if matches!(login, Login::Nobody) {
                login = read_login(&url)?;
            }
            url.set_username("").map_err(|()| NoAddress)?;
            url.set_password(None).map_err(|()| NoAddress)?;
            servers.push(ServerAddr::from_url(url).map_err(|_| NoAddress)?);
        }
        Ok(Self { servers, login })
    }

    /// The servers, without credentials.
    pub(super) fn servers(&self) -> Vec<ServerAddr> {
        self.servers.clone()
    }

    /// How to connect.
    pub(super) fn options(&self) -> ConnectOptions {
        match &self.login {
            Login::Nobody => ConnectOptions::new(),
            Login::User(user, password) => ConnectOptions::with_user_and_password(
                user.clone(),
                password.expose_secret().to_owned(),
            ),
            Login::Token(token) => ConnectOptions::with_token(token.expose_secret().to_owned()),
        }
    }
}

fn read_login(url: &url::Url) -> Result<Login, NoAddress> {
    let plain = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(String::from).map_err(|_| NoAddress)
    };
    Ok(match (url.username(), url.password()) {
        ("", None) => Login::Nobody,
        (token, None) => Login::Token(plain(token)?.into()),
        (user, Some(password)) => Login::User(plain(user)?, plain(password)?.into()),
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{Address, Login, NoAddress};

    #[test]
    fn credentials_are_read_and_never_printed() {
        let user = Address::parse("nats://vestnik:s%40cret@one:4333, tls://two").unwrap();
        assert_eq!(user.to_string(), "nats://one:4333,tls://two:4222");
        assert!(!format!("{user:?}").contains("cret"), "{user:?}");
        let Login::User(name, password) = &user.login else {
            panic!("{:?}", user.login)
        };
        assert_eq!((&**name, password.expose_secret()), ("vestnik", "s@cret"));
        let token = Address::parse("nats://t0ken@one").unwrap();
        assert_eq!(format!("{token:?}"), "Address(nats://one:4222)");
        assert!(matches!(&token.login, Login::Token(text) if text.expose_secret() == "t0ken"));
        let plain = Address::parse("one:4333").unwrap();
        assert_eq!(plain.to_string(), "nats://one:4333");
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in [
            "",
            "http://one",
            "ws://one",
            "nats://",
            "nats://one,,",
            "nats://one:x",
        ] {
            assert!(matches!(Address::parse(text), Err(NoAddress)), "{text}");
        }
    }
}
