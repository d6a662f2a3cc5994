//! Who may read, and from where.

use crate::client::Desk;
use crate::pages::with_news;

#[test]
fn the_site_answers_only_to_its_own_names() {
    let kazbek = with_news();
    kazbek.write(
        "kazbek.toml",
        "public_url = \"https://news.example/kazbek\"\n[serve]\nhosts = \"Desk.Example other\"\n",
    );
    let desk = Desk::serving(&kazbek);
    let port = desk.address.rsplit(':').next().unwrap().to_owned();
    let check = |host: &str, status: u16| {
        let answer = desk.ask("GET", "/healthz", &[&format!("Host: {host}")], "");
        assert_eq!(answer.status, status, "{host}: {}", answer.body);
    };
    check("localhost", 200);
    check(&format!("127.0.0.1:{port}"), 200);
    check("[::1]:8650", 200);
    check("desk.example", 200);
    check("DESK.example:443", 200);
    check("news.example", 200);
    check("evil.example", 421);
    check(&format!("evil.example:{port}"), 421);
    check("localhost.evil.example", 421);
    check("127.0.0.1.evil.example", 421);
    check("evil.example#localhost", 421);
    check("", 421);
    assert_eq!(desk.send(b"GET /healthz HTTP/1.0\r\n\r\n").status, 400, "no name at all");
    let two = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(desk.send(two).status, 400);
}

#[test]
fn a_form_of_another_site_is_refused() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let own = format!("Origin: http://{}", desk.address);
    let check = |headers: &[&str], status: u16| {
        assert_eq!(desk.ask("POST", "/logout", headers, "a=b").status, status, "{headers:?}");
    };
    check(&[], 303);
    check(&[&own], 303);
    check(&[&own, "Sec-Fetch-Site: same-origin"], 303);
    check(&["Origin: http://evil.example"], 403);
    check(&["Origin: null"], 403);
    check(&["Origin: http://localhost:1"], 403);
    check(&[&own, "Sec-Fetch-Site: cross-site"], 403);
    check(&["Sec-Fetch-Site: same-site"], 403);
    assert_eq!(desk.ask("POST", "/", &[], "a=b").status, 405, "pages only read");
    assert_eq!(desk.ask("DELETE", "/api/v1/items", &[], "").status, 405);
    let large = "a=".to_owned() + &"x".repeat(70_000);
    assert_eq!(desk.ask("POST", "/login", &[], &large).status, 413);
}

#[test]
fn every_answer_protects_its_reader() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    for path in ["/", "/nothing", "/assets/desk.css", "/api/v1/items", "/metrics", "/healthz"] {
        let answer = desk.get(path);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let kazbek = with_news();
    let open = kazbek.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(open.code, 1, "{}", open.stderr);
    assert!(open.stderr.contains("token_hash") && open.stderr.contains("--new-token"), "{}", open.stderr);
    kazbek.write("kazbek.toml", "[serve]\nlisten = \"0.0.0.0:8650\"\n");
    for command in ["check", "run", "serve"] {
        let refused = kazbek.run(&[command]);
        assert_eq!(refused.code, 78, "{command}: {}", refused.stderr);
        assert!(refused.stderr.contains("kazbek.toml:2: `serve.listen`"), "{command}: {}", refused.stderr);
    }
}

#[test]
fn the_token_opens_the_pages_and_nothing_else_does() {
    let kazbek = with_news();
    let made = kazbek.ok(&["serve", "--new-token"]);
    let token = made.lines().next().unwrap().trim_start_matches("token: ").to_owned();
    let config = made.split_once("\n\n").unwrap().1;
    assert!(!config.contains(&token), "the configuration has the hash only");
    kazbek.write("kazbek.toml", config);
    let desk = Desk::serving(&kazbek);
    assert_eq!(desk.get("/healthz").status, 200);
    for path in ["/api/v1/items", "/metrics", "/readyz"] {
        let answer = desk.get(path);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer realm=\"kazbek\""), "{path}");
        assert_eq!(desk.ask("GET", path, &[&format!("Authorization: Bearer {token}")], "").status, 200, "{path}");
        assert_eq!(desk.ask("GET", path, &["Authorization: Bearer wrong"], "").status, 401, "{path}");
        assert_eq!(desk.ask("GET", path, &["Cookie: kazbek_session=9999999999.00"], "").status, 401, "{path}");
    }
    let led = desk.get("/search?q=road");
    assert_eq!((led.status, led.header("location")), (303, "/login?next=%2Fsearch%3Fq%3Droad"));
    let wrong = desk.ask("POST", "/login", &[], "token=wrong&next=%2F");
    assert_eq!(wrong.status, 401);
    let entered = desk.ask("POST", "/login", &[], &format!("token={token}&next=%2Fsearch%3Fq%3Droad"));
    assert_eq!((entered.status, entered.header("location")), (303, "/search?q=road"));
    let cookie = entered.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains(&token), "{cookie}");
    let session = format!("Cookie: {}", cookie.split(';').next().unwrap());
    assert_eq!(desk.ask("GET", "/search?q=road", &[&session], "").status, 200);
    let away = desk.ask("POST", "/login", &[], &format!("token={token}&next=%2F%2Fevil.example%2F"));
    assert_eq!(away.header("location"), "/", "a login leads to no other site");
}
