//! What a mail server answers: a conversation ends with an outcome whose reason can be shown. The input is
//! everything the server says, from its greeting on.
//!
//!     cargo +nightly fuzz run smtp_answers -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use std::io::{self, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::atomic::AtomicU32;

use jiff::Timestamp;
use kazbek::api::alert::Alert;
use kazbek::api::deliver::{
    Content, DeliveryOptions, Message, Recipient, Sender, SmtpOptions, Tls, Transport, mailbox,
};
use kazbek::api::http::ClientOptions;
use kazbek::api::poller::Secret;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime = {
        // libFuzzer takes every panic for a crash, also the ones that an attempt survives.
        std::panic::set_hook(Box::new(|_| ()));
        Builder::new_current_thread().enable_all().build().expect("a runtime")
    };
}

libfuzzer_sys::fuzz_target!(|conversation: Vec<u8>| {
    RUNTIME.with(|runtime| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a socket");
        let port = listener.local_addr().expect("its address").port();
        let server = std::thread::spawn(move || drop(answer(&listener, &conversation)));
        let options = DeliveryOptions { timeout_secs: 1, ..DeliveryOptions::default() };
        let sender = Sender::new(&client(), &options).expect("a sender");
        let parts_done = AtomicU32::new(0);
        let sent = runtime.block_on(sender.send(&recipient(port), message(), &parts_done));
        if let Err(error) = sent {
            assert!(!error.reason.is_empty() && !error.reason.contains(char::is_control), "{error:?}");
        }
        server.join().expect("the server ends");
    });
});

/// Serves one connection. All answers are written at once and the client finds them one by one: a server that waited for
/// each line would wait for the client's time limit whenever an answer has no end.
fn answer(listener: &TcpListener, conversation: &[u8]) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.write_all(conversation)?;
    stream.shutdown(Shutdown::Write)?;
    io::copy(&mut stream, &mut io::sink())?;
    Ok(())
}

fn client() -> ClientOptions {
    ClientOptions {
        contact: String::new(),
        connect_timeout_secs: 1,
        allow_private_addresses: true,
        proxy: None,
        feed_proxies: Vec::new(),
    }
}

fn recipient(port: u16) -> Recipient {
    let smtp = SmtpOptions {
        server: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        ca: None,
        credentials: None,
        from: mailbox("kazbek@example.org").expect("an address"),
        to: mailbox("desk@example.org").expect("an address"),
        list_id: String::new(),
        list_unsubscribe: String::new(),
    };
    Recipient { name: "desk".to_owned(), cadences: Vec::new(), transport: Transport::Smtp(Box::new(smtp)) }
}

fn message() -> Message {
    let now: Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
    Message {
        cadence: "alert".to_owned(),
        period: "20261123T000000Z-1".to_owned(),
        secret: Secret("the secret of this installation".to_owned()),
        created_at: now,
        attempted_at: now,
        content: Content::Alert(Alert::new("r", Vec::new())),
    }
}
