"""An application with Authlib as its documentation makes one. Each line that comes in is a step, answered by a line."""

import json
import sys

from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import get_well_known_url
from authlib.oidc.core import CodeIDToken
import requests

settings = json.loads(sys.argv[1])
issuer = settings["issuer"]
metadata = requests.get(get_well_known_url(issuer, external=True)).json()
assert requests.get(f"{issuer}/.well-known/openid-configuration").json()["issuer"] == issuer
endpoint = metadata["token_endpoint"]

method = settings.get("method", "client_secret_basic")
session = OAuth2Session(
    settings["id"],
    settings.get("secret") or settings.get("key"),
    scope=settings["scope"],
    redirect_uri=settings.get("redirect"),
    code_challenge_method="S256",
    token_endpoint=endpoint,
    token_endpoint_auth_method=method,
    revocation_endpoint_auth_method=method,
)
if "key" in settings:
    session.register_client_auth_method(PrivateKeyJWT(endpoint, alg="ES256"))


def service(step):
    return session.fetch_token(endpoint, grant_type="client_credentials", **step["more"])


def begin(step):
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=step["verifier"], nonce=step["nonce"], **step["more"]
    )
    return {"url": url, "state": state}


def finish(step):
    token = session.fetch_token(
        endpoint, authorization_response=step["callback"], state=step["state"], code_verifier=step["verifier"]
    )
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"]).json())
    wanted = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": settings["id"]}}
    params = {"nonce": step["nonce"], "client_id": settings["id"], "access_token": token["access_token"]}
    claims = jwt.decode(token["id_token"], keys, claims_cls=CodeIDToken, claims_options=wanted, claims_params=params)
    claims.validate()
    return {"token": token, "claims": claims, "userinfo": session.get(metadata["userinfo_endpoint"]).json()}


def renew(step):
    return session.refresh_token(endpoint, refresh_token=step["token"])


def introspect(step):
    return session.introspect_token(metadata["introspection_endpoint"], token=step["token"]).json()


def revoke(step):
    return {"status": session.revoke_token(metadata["revocation_endpoint"], token=step["token"]).status_code}


STEPS = {step.__name__: step for step in (service, begin, finish, renew, introspect, revoke)}

for line in sys.stdin:
    step = json.loads(line)
    try:
        answer = {"answer": STEPS[step["step"]](step)}
    except Exception as error:  # The test says which it expects.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
