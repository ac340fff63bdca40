"""Tokens of claims: signed only for what may still be spent."""

import pytest
from django.utils import timezone

from approvals.models import Claim
from approvals.services import (
    keyring,
    token_for,
)
from governance.decision import Reason
from governance.errors import Denied
from governance.models import (
    SigningKey,
)
from tests.approvals.asking import a_world, approved

pytestmark = pytest.mark.django_db


def test_no_token_is_signed_of_a_claim_that_is_over_or_without_a_key() -> None:
    approved(a_world())
    claim = Claim.objects.get()

    with pytest.raises(Denied) as over:
        token_for(claim, now=claim.execute_by)
    SigningKey.objects.all().delete()
    keyring.forget()
    with pytest.raises(Denied) as keyless:
        token_for(claim, now=timezone.now())

    assert over.value.reason is Reason.CLAIM_EXPIRED
    assert keyless.value.reason is Reason.UNAVAILABLE


def test_a_key_whose_file_is_gone_signs_nothing() -> None:
    approved(a_world())
    SigningKey.objects.update(kid="gone")
    keyring.forget()

    with pytest.raises(Denied) as denial:
        token_for(Claim.objects.get(), now=timezone.now())

    assert denial.value.reason is Reason.UNAVAILABLE


def test_a_token_never_outlives_its_claim() -> None:
    approved(a_world(execute_within_seconds=30))

    issued = token_for(Claim.objects.get(), now=timezone.now())

    assert issued.expires_at <= Claim.objects.get().execute_by
