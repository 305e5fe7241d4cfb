"""Resource Groups Tagging: one search over the tags of all services."""

import pytest

from endpoint.drive import ACCOUNT, REGION, eventually, refused, usable_key


@pytest.fixture
def tagged(kms, logs, name) -> set[str]:
    """A key and a log group with their own tag."""
    key = usable_key(kms, Tags=[{"TagKey": "drive", "TagValue": name}])["Arn"]
    logs.create_log_group(logGroupName=name, tags={"drive": name})
    return {key, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"}


def the_resources_with_a_tag_are_found_page_by_page(tagging, tagged, name):
    wanted = {"TagFilters": [{"Key": "drive", "Values": [name]}]}

    def found() -> set[str] | None:
        pages = tagging.get_paginator("get_resources").paginate(ResourcesPerPage=1, **wanted)
        seen = {one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]}
        return seen if seen == tagged else None

    eventually(found, "the index has both resources")
    keys = tagging.get_resources(ResourceTypeFilters=["kms:key"], **wanted)
    (only,) = keys["ResourceTagMappingList"]
    assert only["Tags"] == [{"Key": "drive", "Value": name}]
    assert only["ResourceARN"].startswith("arn:aws:kms:")


def the_tags_of_named_resources_are_found(tagging, tagged):
    def found() -> set[str] | None:
        answer = tagging.get_resources(ResourceARNList=sorted(tagged))
        seen = {one["ResourceARN"] for one in answer["ResourceTagMappingList"]}
        return seen if seen == tagged else None

    eventually(found, "the index has both resources")


def the_keys_and_values_of_all_tags_are_found(tagging, tagged, name):
    def found() -> bool | None:
        keys = tagging.get_paginator("get_tag_keys").paginate()
        values = tagging.get_paginator("get_tag_values").paginate(Key="drive")
        has_key = any("drive" in page["TagKeys"] for page in keys)
        return has_key and any(name in page["TagValues"] for page in values) or None

    eventually(found, "the index has the tag")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ResourcesPerPage": 101}, "InvalidParameterException"),
        (
            {"ResourceARNList": ["no-arn"], "TagFilters": [{"Key": "drive"}]},
            "InvalidParameterException",
        ),
    ],
)
def an_ill_formed_search_is_refused(tagging, asked, code):
    with refused(code):
        tagging.get_resources(**asked)


def an_unreadable_page_token_is_refused(tagging):
    # A guess which of the two it is: the reference names the second for tokens that were good.
    for call in (
        lambda: tagging.get_resources(PaginationToken="nonsense"),
        lambda: tagging.get_tag_keys(PaginationToken="nonsense"),
        lambda: tagging.get_tag_values(Key="drive", PaginationToken="nonsense"),
    ):
        with refused("InvalidParameterException", "PaginationTokenExpiredException"):
            call()
