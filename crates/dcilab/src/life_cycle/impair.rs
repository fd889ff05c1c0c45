//! What a lab does about its impairments, on request.

use impairment::Impairment;

use super::protocol::{PathsAsked, Response};
use super::server::Server;

impl Server {
    pub(super) async fn impair(
        &self,
        paths: &PathsAsked,
        asked: &Impairment,
    ) -> Result<Response, String> {
        let lab = self.lab()?;
        let done = async {
            let paths = lab.paths(&paths.from, &paths.to, paths.direction)?;
            lab.impair(&paths, asked).await
        };
        done.await.map_err(|error| error.to_string())?;
        self.impairments().await
    }

    pub(super) async fn reset_impairments(&self, paths: &PathsAsked) -> Result<Response, String> {
        let lab = self.lab()?;
        let done = async {
            let paths = lab.paths(&paths.from, &paths.to, paths.direction)?;
            lab.reset_impairments(&paths).await
        };
        done.await.map_err(|error| error.to_string())?;
        self.impairments().await
    }

    pub(super) async fn impairments(&self) -> Result<Response, String> {
        let report = self.lab()?.impairments().await;
        report
            .map(Response::Impairments)
            .map_err(|error| error.to_string())
    }
}
