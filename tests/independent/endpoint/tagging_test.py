"""Resource Groups Tagging: one search over the tags of all services."""

import pytest

from endpoint.drive import ACCOUNT, REGION, eventually, refused


@pytest.fixture
def tagged(kms, logs, name) -> set[str]:
    """A key and a log group with a tag of their own."""
    key = kms.create_key(Tags=[{"TagKey": "drive", "TagValue": name}])["KeyMetadata"]["Arn"]
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
    with refused("InvalidParameterException", "PaginationTokenExpiredException"):
        tagging.get_resources(PaginationToken="nonsense")
