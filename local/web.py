"""What readers reach: the template's CloudFront distribution, with page and HTTP API behind it.

Without a distribution the HTTP API answers by itself. This is plain http, so what only makes sense
over TLS (redirects to https, Strict-Transport-Security) is left out.
"""

import hashlib
import mimetypes
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from local.forwarding import Forwarding
from local.http_api import HttpApi
from local.intrinsics import TemplateError
from local.lambdas import Functions
from local.template import Resource, Stack

DISTRIBUTION = "AWS::CloudFront::Distribution"
_POLICY = "AWS::CloudFront::ResponseHeadersPolicy"
_TYPES = mimetypes.MimeTypes()  # Python's own table only: the same on every machine
for _type, _ending in (
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("font/woff2", ".woff2"),
    ("image/webp", ".webp"),
    ("application/manifest+json", ".webmanifest"),
):
    _TYPES.add_type(_type, _ending)


class Page:
    """A private bucket behind a distribution; its objects are the files of a folder."""

    def __init__(self, folder: Path, may_list: bool) -> None:
        self._folder = folder.resolve()
        # S3 tells only those who may list a bucket that a key is missing; others get a 403.
        self._missing = (404, "NoSuchKey") if may_list else (403, "AccessDenied")

    def answer(self, request: Request) -> Response:
        """The object of the request's path."""
        try:
            content = self._read(request.path.lstrip("/"))
        except (OSError, ValueError):  # no such file, no such name
            status, code = self._missing
            error = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
            return Response(error, status, content_type="application/xml")
        kind = _TYPES.guess_type(request.path)[0] or "binary/octet-stream"
        response = Response(content, content_type=kind)
        response.set_etag(hashlib.md5(content, usedforsecurity=False).hexdigest())
        response.headers["Cache-Control"] = "no-cache"  # an edited file shows at once
        response.make_conditional(request)
        del response.headers["Date"]  # the server writes one of its own
        return response

    def _read(self, key: str) -> bytes:
        file = (self._folder / key).resolve()
        if not file.is_relative_to(self._folder):
            raise ValueError(f"{key} is outside of the page")
        return file.read_bytes()


class _Behaviour:
    """One cache behaviour: which paths, which methods, which origin, which headers."""

    def __init__(
        self, config: dict[str, Any], origin: Page | HttpApi | Forwarding, policy: "_Headers"
    ) -> None:
        pattern = config.get("PathPattern", "/*")
        parts = re.split(r"([*?])", pattern if pattern.startswith("/") else f"/{pattern}")
        wild = {"*": ".*", "?": "."}
        self.paths = re.compile("".join(wild.get(part, re.escape(part)) for part in parts))
        self.methods = set(config.get("AllowedMethods", ["GET", "HEAD"]))
        self.origin = origin
        self.headers = policy


class Web:
    """WSGI app of the page's address. With `api_url`, another server plays the HTTP API."""

    def __init__(
        self, stack: Stack, functions: Functions, page: Path, api_url: str | None = None
    ) -> None:
        self._apis: list[HttpApi | Forwarding] = [
            Forwarding(api, api_url) if api_url else HttpApi(api, stack, functions)
            for api in stack.of_type("AWS::Serverless::HttpApi")
        ]
        self._page = page
        distributions = stack.of_type(DISTRIBUTION)
        if len(distributions) > 1:
            raise TemplateError("the local cloud plays one distribution, not several")
        self._config: dict[str, Any] = {}
        self._behaviours: list[_Behaviour] = []
        if distributions:
            self._config = distributions[0].properties["DistributionConfig"]
            self._behaviours = list(self._read(stack))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """What a browser gets."""
        if not self._config:
            if not self._apis:
                return Response("This template has no distribution and no HTTP API.\n", 404)
            return self._apis[0].answer(request)
        root = self._config.get("DefaultRootObject")
        if request.path == "/" and root:
            request.path = f"/{root}"
        behaviour = next(b for b in self._behaviours if b.paths.fullmatch(request.path))
        if request.method not in behaviour.methods:
            return _refused(request.method)
        response = self._with_error_page(behaviour.origin.answer(request), request)
        behaviour.headers.apply(response)
        return response

    def stop(self) -> None:
        """Take no further request."""
        for api in self._apis:
            api.stop()

    def _read(self, stack: Stack) -> Iterable[_Behaviour]:
        origins = {origin["Id"]: self._origin(origin, stack) for origin in self._config["Origins"]}
        policies = {policy.ref: policy for policy in stack.of_type(_POLICY)}
        default = self._config["DefaultCacheBehavior"]
        for config in [*self._config.get("CacheBehaviors", []), default]:
            wanted = config.get("ResponseHeadersPolicyId")
            if wanted is not None and wanted not in policies:
                raise TemplateError(f"ResponseHeadersPolicyId: none of this template: {wanted}")
            headers = _Headers(policies.get(wanted))
            yield _Behaviour(config, origins[config["TargetOriginId"]], headers)

    def _origin(self, origin: dict[str, Any], stack: Stack) -> Page | HttpApi | Forwarding:
        domain = origin["DomainName"]
        if not origin.get("OriginPath"):
            for api in self._apis:
                if api.domain == domain:
                    return api
            for bucket in stack.of_type("AWS::S3::Bucket"):
                if domain in bucket.attributes.values():
                    return Page(self._page, _may_list(bucket, stack))
        raise TemplateError(f"Origins.{origin['Id']}: the local cloud doesn't play {domain}")

    def _with_error_page(self, response: Response, request: Request) -> Response:
        for custom in self._config.get("CustomErrorResponses", []):
            if int(custom["ErrorCode"]) == response.status_code and "ResponsePagePath" in custom:
                request.path = custom["ResponsePagePath"]
                behaviour = next(b for b in self._behaviours if b.paths.fullmatch(request.path))
                page = behaviour.origin.answer(request)
                if page.status_code < 400:
                    page.status_code = int(custom.get("ResponseCode", response.status_code))
                    return page
        return response


class _Headers:
    """A response headers policy."""

    def __init__(self, policy: Resource | None) -> None:
        config = policy.properties["ResponseHeadersPolicyConfig"] if policy else {}
        known = {"Name", "Comment", "SecurityHeadersConfig", "CustomHeadersConfig"}
        if unknown := config.keys() - known - {"RemoveHeadersConfig"}:
            raise TemplateError(f"response headers policy: can't play {sorted(unknown)}")
        self._set = list(_security(config.get("SecurityHeadersConfig", {})))
        for item in config.get("CustomHeadersConfig", {}).get("Items", []):
            self._set.append((item["Header"], item["Value"], item["Override"]))
        removed = config.get("RemoveHeadersConfig", {}).get("Items", [])
        self._remove = [item["Header"] for item in removed]

    def apply(self, response: Response) -> None:
        """Add and take away headers."""
        for name in self._remove:
            response.headers.pop(name, None)
        for name, value, override in self._set:
            if override or name not in response.headers:
                response.headers[name] = value


def _security(config: dict[str, Any]) -> Iterable[tuple[str, str, bool]]:
    for name, item in config.items():
        if name == "StrictTransportSecurity":
            continue
        override = bool(item["Override"])
        if name == "ContentTypeOptions":
            yield "X-Content-Type-Options", "nosniff", override
        elif name == "FrameOptions":
            yield "X-Frame-Options", item["FrameOption"], override
        elif name == "ReferrerPolicy":
            yield "Referrer-Policy", item["ReferrerPolicy"], override
        elif name == "ContentSecurityPolicy":
            yield "Content-Security-Policy", item["ContentSecurityPolicy"], override
        else:
            raise TemplateError(f"SecurityHeadersConfig: the local cloud doesn't play {name}")


def _may_list(bucket: Resource, stack: Stack) -> bool:
    for policy in stack.of_type("AWS::S3::BucketPolicy"):
        if policy.properties["Bucket"] == bucket.name:
            statements = policy.properties["PolicyDocument"]["Statement"]
            for statement in statements if isinstance(statements, list) else [statements]:
                if statement["Effect"] == "Allow" and "s3:ListBucket" in statement["Action"]:
                    return True
    return False


def _refused(method: str) -> Response:
    text = f"This distribution is not configured to allow the HTTP request method {method}.\n"
    return Response(text, 403, content_type="text/plain")
