"""STS."""

from endpoint.drive import ACCOUNT


def the_caller_is_in_the_account_of_its_key(sts):
    identity = sts.get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert f"::{ACCOUNT}:" in identity["Arn"]
