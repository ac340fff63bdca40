"""The secrets behind one-time codes are sealed."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from governance.envelope import SealBroken
from governance.secondfactor import SecondFactorAdapter
from tests.factories import UserFactory


@pytest.mark.django_db
def test_a_one_time_codes_secret_is_not_readable_in_its_row() -> None:
    secret = generate_totp_secret()

    TOTP.activate(UserFactory.create(username="ana"), secret)

    row = Authenticator.objects.get()
    assert secret not in str(row.data)
    assert SecondFactorAdapter().decrypt(row.data["secret"]) == secret


def test_what_we_did_not_seal_does_not_open() -> None:
    with pytest.raises(SealBroken):
        SecondFactorAdapter().decrypt("JBSWY3DPEHPK3PXP")
