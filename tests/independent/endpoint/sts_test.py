"""STS."""

from endpoint.drive import ACCOUNT


def the_caller_is_of_the_account_its_key_names(sts):
    identity = sts.get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert f"::{ACCOUNT}:" in identity["Arn"]
