//! One connection to a lab.

use std::path::Path;
use std::rc::Rc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot, watch};

use super::captures::Captures;
use super::protocol::{CaptureBegun, Request, Response, Stage};
use super::server::{Downed, Server};
use crate::progress::Progress;

/// Bytes of a request; a longer line is refused.
const REQUEST_LIMIT: u64 = 65_536;

/// Serves whoever connects, each in a task of its own.
pub(super) async fn accept(listener: UnixListener, server: Rc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::task::spawn_local(serve(stream, server.clone()));
            }
            Err(error) => {
                eprintln!("control socket: {error}");
                tokio::time::sleep(core::time::Duration::from_millis(100)).await;
            }
        }
    }
}

struct Connection {
    lines: BufReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
}

/// Whether anybody is there to be told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Listens,
    Gone,
}

/// Why a connection ends before its peer closes it.
struct Closed;

async fn serve(stream: UnixStream, server: Rc<Server>) {
    let (read, out) = stream.into_split();
    let mut connection = Connection {
        lines: BufReader::new(read),
        out,
    };
    while let Ok(Some(line)) = connection.next().await {
        let answered = match serde_json::from_str(&line) {
            Ok(Request::Wait { until, or_end }) => connection.wait(&server, until, or_end).await,
            Ok(Request::Down) => connection.down(&server).await,
            Ok(Request::Play {
                file,
                text,
                captures,
            }) => connection.play(&server, (&file, &text), &captures).await,
            Ok(Request::Capture(begun)) => connection.capture(&server, begun).await,
            Ok(request) => {
                let response = server.answer(request).await;
                connection
                    .write(&response.unwrap_or_else(Response::Error))
                    .await
            }
            Err(error) => {
                let text = format!("not a request of this version of dcilab: {error}");
                connection.write(&Response::Error(text)).await
            }
        };
        if answered.is_err() {
            return;
        }
    }
}

impl Connection {
    async fn next(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        let read = (&mut self.lines)
            .take(REQUEST_LIMIT)
            .read_line(&mut line)
            .await?;
        Ok((read > 0 && line.ends_with('\n')).then_some(line))
    }

    async fn write(&mut self, response: &Response) -> Result<(), Closed> {
        let mut line = serde_json::to_vec(response).map_err(|_| Closed)?;
        line.push(b'\n');
        self.out.write_all(&line).await.map_err(|_| Closed)
    }

    /// Tells of every step until the lab is as far as asked for.
    async fn wait(&mut self, server: &Server, until: Stage, or_end: bool) -> Result<(), Closed> {
        server.is_wanted.set(true);
        let mut news = server.news.subscribe();
        let mut told = String::new();
        loop {
            let now = news.borrow_and_update().clone();
            if let Some(failure) = now.failure {
                return self.write(&Response::Error(failure)).await;
            }
            if now.stage >= until {
                return self.write(&Response::Reached(now.stage)).await;
            }
            if now.step != told {
                told.clone_from(&now.step);
                self.write(&Response::Progress(now.step)).await?;
            }
            tokio::select! {
                _ = news.changed() => {}
                // Nobody asks while it waits: it has gone.
                _ = self.lines.fill_buf() => {
                    if or_end {
                        let _ = server.down.send(nobody());
                    }
                    return Err(Closed);
                }
            }
        }
    }

    /// Tells of every step of a scenario, and what came of it. It ends early when the caller goes.
    async fn play(
        &mut self,
        server: &Server,
        scenario: (&str, &str),
        captures: &Path,
    ) -> Result<(), Closed> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let progress = Progress::told(move |step| {
            // Nobody hears it any more: the caller has gone.
            let _ = tell.send(step.to_owned());
        });
        let (over, _) = watch::channel(false);
        let play = server.play(scenario, captures, &progress, &over);
        tokio::pin!(play);
        let mut caller = Caller::Listens;
        let played = loop {
            tokio::select! {
                biased;
                Some(step) = told.recv() => {
                    if self.write(&Response::Progress(step)).await.is_err() {
                        over.send_replace(true);
                        caller = Caller::Gone;
                    }
                }
                played = &mut play => break played,
                _ = self.lines.fill_buf(), if caller == Caller::Listens => {
                    over.send_replace(true);
                    caller = Caller::Gone;
                }
            }
        };
        match caller {
            Caller::Gone => Err(Closed),
            Caller::Listens => {
                let played = played.map(|played| Response::Played(Box::new(played)));
                self.write(&played.unwrap_or_else(Response::Error)).await
            }
        }
    }

    /// Lends this connection to a capture, until it has ended.
    async fn capture(&mut self, server: &Server, begun: CaptureBegun) -> Result<(), Closed> {
        let capture = server.captures.begin(begun);
        self.write(&Response::CaptureNumber(capture.number()))
            .await?;
        let mut stopped = capture.stopped();
        let mut line = Vec::new();
        loop {
            // What was read of a line stays in it when the other side is quicker.
            let mut read = (&mut self.lines).take(REQUEST_LIMIT);
            tokio::select! {
                () = &mut stopped => {
                    stopped = Captures::never();
                    self.write(&Response::CaptureStop).await?;
                }
                read = read.read_until(b'\n', &mut line) => {
                    if read.is_err() || line.last() != Some(&b'\n') {
                        return Err(Closed);
                    }
                    match serde_json::from_slice(&line) {
                        Ok(Request::CaptureTold(tally)) => capture.told(tally),
                        Ok(Request::CaptureEnded { tally, why }) => {
                            capture.ended(tally, &why);
                            return Ok(());
                        }
                        _ => return Err(Closed),
                    }
                    line.clear();
                }
            }
        }
    }

    async fn down(&mut self, server: &Server) -> Result<(), Closed> {
        let (told, problems) = oneshot::channel();
        let (wrote, written) = oneshot::channel();
        server
            .down
            .send(Downed { told, written })
            .map_err(|_| Closed)?;
        let problems = problems.await.map_err(|_| Closed)?;
        let answered = self.write(&Response::Down { problems }).await;
        let _ = wrote.send(());
        answered
    }
}

/// For an end that nobody waits for.
fn nobody() -> Downed {
    let (told, _) = oneshot::channel();
    let (_, written) = oneshot::channel();
    Downed { told, written }
}
