"""A lane's private key, out of its sealed PEM."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from governance.envelope import Secret


def signing_key(secret: Secret) -> RSAPrivateKey | EllipticCurvePrivateKey:
    """Read the key.  Raises ValueError or TypeError if it is none that signs JWTs."""
    key = load_pem_private_key(
        secret.reveal().encode(),
        password=None,
        # Its primes were proved when it was saved, and the seal keeps them: once more
        # would cost each lease more than all the rest of it.
        unsafe_skip_rsa_key_validation=True,
    )
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise TypeError("The key is neither RSA nor EC.")
    return key
