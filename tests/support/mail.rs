//! A mail server on loopback. The protocol is that of the crate `mailin`, which mail servers are built on; the sockets
//! are ours, so that it can have bad days: be down, be busy, break off, or take a mail and not say so.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use mailin::response::{AUTH_OK, INVALID_CREDENTIALS, OK};
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};

use super::server::Stream;

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes every mail.
    Well,
    /// It closes each connection at once.
    Down,
    /// It asks at `MAIL` to come back later (451).
    Busy,
    /// It never answers `MAIL`.
    Silent,
    /// It breaks off after the complete message and keeps nothing.
    Drops,
    /// It keeps the message and breaks off without an answer.
    Mute,
    /// It keeps the message and answers when the mood changes.
    Holds,
}

/// How connections are encrypted.
#[derive(Clone, Debug)]
pub enum Security {
    Plain,
    StartTls(Arc<rustls::ServerConfig>),
    Implicit(Arc<rustls::ServerConfig>),
}

/// The server; its threads end with the test's process.
pub struct MailServer {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    security: Security,
    /// User and password that a client must give; none for everybody.
    account: Option<(String, String)>,
}

struct State {
    mood: Mood,
    /// Every copy that the server took.
    mails: Vec<String>,
    /// Times that a client came as far as `MAIL`.
    attempts: usize,
}

impl MailServer {
    pub fn start() -> MailServer {
        MailServer::with(Security::Plain, None)
    }

    pub fn with(security: Security, account: Option<(&str, &str)>) -> MailServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
        let account = account.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let state = State { mood: Mood::Well, mails: Vec::new(), attempts: 0 };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), security, account });
        let port = listener.local_addr().expect("an address").port();
        let server = MailServer { port, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle is what many tests are about.
                std::thread::spawn(move || drop(serve(connection, &shared)));
            }
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn mood(&self, mood: Mood) {
        self.shared.state().mood = mood;
        self.shared.changed.notify_all();
    }

    /// Every copy that came, in order.
    pub fn received(&self) -> Vec<String> {
        self.shared.state().mails.clone()
    }

    /// The copies by their `Message-ID`: a mailbox that removes duplicates shows each once.
    pub fn by_message_id(&self) -> BTreeMap<String, Vec<String>> {
        let mut mails: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mail in self.received() {
            mails.entry(header(&mail, "Message-ID")).or_default().push(mail);
        }
        mails
    }

    /// Waits until this many copies came, or so many attempts were made.
    pub fn wait_for_mails(&self, count: usize) {
        self.wait(|state| state.mails.len() >= count, "mails");
    }

    pub fn wait_for_attempts(&self, count: usize) {
        self.wait(|state| state.attempts >= count, "attempts");
    }

    fn wait(&self, is_done: impl Fn(&State) -> bool, what: &str) {
        let limit = Duration::from_secs(120);
        let waited = self.shared.changed.wait_timeout_while(self.shared.state(), limit, |state| !is_done(state));
        assert!(!waited.expect("no other thread has panicked").1.timed_out(), "no {what} came");
    }
}

/// The value of a header on one line.
pub fn header(mail: &str, name: &str) -> String {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {mail}")).to_owned()
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no other thread has panicked")
    }

    fn wait_while(&self, mood: Mood) {
        drop(self.changed.wait_while(self.state(), |state| state.mood == mood));
    }
}

/// What one connection decides.
struct Inbox {
    shared: Arc<Shared>,
    is_authenticated: bool,
    message: Vec<u8>,
    /// The message, once it is complete.
    whole: Arc<Mutex<Option<String>>>,
}

impl Inbox {
    fn log_in(&mut self, user: &str, password: &str) -> Response {
        let wanted = self.shared.account.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
        self.is_authenticated = wanted == Some((user, password));
        if self.is_authenticated { AUTH_OK } else { INVALID_CREDENTIALS }
    }
}

impl Handler for Inbox {
    fn mail(&mut self, _: IpAddr, _: &str, _: &str) -> Response {
        match self.shared.account.is_none() || self.is_authenticated {
            true => OK,
            false => Response::custom(530, "5.7.0 Authentication required".to_owned()),
        }
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        self.message.clear();
        OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.message.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let message = String::from_utf8(std::mem::take(&mut self.message)).expect("a mail of ours is UTF-8");
        *self.whole.lock().expect("no other thread has panicked") = Some(message);
        OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.log_in(user, password)
    }

    fn auth_login(&mut self, user: &str, password: &str) -> Response {
        self.log_in(user, password)
    }
}

fn serve(tcp: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    if shared.state().mood == Mood::Down {
        return Ok(());
    }
    let encrypt = |config: &Arc<rustls::ServerConfig>| -> io::Result<Box<dyn Stream>> {
        let session = rustls::ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(Box::new(rustls::StreamOwned::new(session, tcp.try_clone()?)))
    };
    let mut builder = SessionBuilder::new("mail.test");
    if let Security::StartTls(_) = shared.security {
        builder.enable_start_tls();
    }
    if shared.account.is_some() {
        builder.enable_auth(AuthMechanism::Plain).enable_auth(AuthMechanism::Login);
    }
    let whole = Arc::<Mutex<Option<String>>>::default();
    let inbox =
        Inbox { shared: Arc::clone(shared), is_authenticated: false, message: Vec::new(), whole: Arc::clone(&whole) };
    let mut session: Session<Inbox> = builder.build(Ipv4Addr::LOCALHOST.into(), inbox);
    let mut stream = match &shared.security {
        Security::Implicit(config) => {
            session.tls_active();
            BufReader::new(encrypt(config)?)
        }
        _ => BufReader::new(Box::new(tcp.try_clone()?) as Box<dyn Stream>),
    };
    say(&mut stream, &session.greeting())?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let is_mail = line.to_ascii_uppercase().starts_with(b"MAIL FROM");
        if is_mail {
            let mood = {
                let mut state = shared.state();
                state.attempts += 1;
                shared.changed.notify_all();
                state.mood
            };
            match mood {
                Mood::Busy => {
                    say(&mut stream, &Response::custom(451, "4.3.2 come back later".to_owned()))?;
                    continue;
                }
                Mood::Silent => {
                    shared.wait_while(Mood::Silent);
                    return Ok(());
                }
                _ => {}
            }
        }
        let response = session.process(&line);
        let message = whole.lock().expect("no other thread has panicked").take();
        if let Some(message) = message {
            let mood = shared.state().mood;
            if mood == Mood::Drops {
                return Ok(());
            }
            shared.state().mails.push(message);
            shared.changed.notify_all();
            match mood {
                Mood::Mute => return Ok(()),
                Mood::Holds => shared.wait_while(Mood::Holds),
                _ => {}
            }
        }
        match response.action {
            Action::NoReply => {}
            Action::Reply => say(&mut stream, &response)?,
            Action::Close => return say(&mut stream, &response),
            Action::UpgradeTls => {
                say(&mut stream, &response)?;
                if let Security::StartTls(config) = &shared.security {
                    stream = BufReader::new(encrypt(config)?);
                    session.tls_active();
                }
            }
        }
    }
}

fn say(stream: &mut BufReader<Box<dyn Stream>>, response: &Response) -> io::Result<()> {
    let stream = stream.get_mut();
    stream.write_all(&response.buffer()?)?;
    stream.flush()
}
