"""An HTTP API that another server plays, such as `sam local start-api`: requests are passed on."""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from local.template import Resource, TemplateError

ANSWER_SECONDS = 60  # longer than API Gateway waits: a container may have to start first
# What belongs to one connection and not to the message, and what each side counts by itself.
_HOPS = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade", "content-length", "host", "date", "server"),
}


class Forwarding:
    """Takes the place of an AWS::Serverless::HttpApi; `url` is where its paths are answered."""

    def __init__(self, api: Resource, url: str) -> None:
        self.domain = api.attributes["ApiEndpoint"].removeprefix("https://")
        self._url = url
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
            raise TemplateError(f"--api {url}: write it as http://127.0.0.1:3000")
        self._host, self._port = parts.hostname, parts.port or 80

    def answer(self, request: Request) -> Response:
        """What the other server answers, or 502 if it doesn't."""
        target = request.environ.get("RAW_URI") or request.full_path.rstrip("?")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOPS}
        connection = HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        try:
            connection.request(request.method, target, request.get_data(), headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            text = f"Nothing answers at {self._url}; start it with `sam local start-api`: {error}\n"
            return Response(text, 502, content_type="text/plain")
        finally:
            connection.close()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOPS]
        response = Response(body, answer.status, kept)
        if not answer.getheader("Content-Type"):
            del response.headers["Content-Type"]
        return response

    def stop(self) -> None:
        """There is nothing to end: the other server isn't ours."""
