"""agentctl as a reader whose policy denies what has no tag of the project, and so also what does not exist."""

import os
import shutil
from pathlib import Path

from endpoint.drive import ACCOUNT as OF_TRUST
from endpoint.drive import trust_of, zip_of
from lifecycle.cloud import Cloud
from lifecycle.tool import Tool
from policy.guide import GUIDE
from policy.recorder import recording

ACCOUNT = "222233334444"
FUNCTION = "/2015-03-31/functions/quickstart"
READS = frozenset((FUNCTION, f"{FUNCTION}/aliases", f"{FUNCTION}/versions"))


def a_denied_function_is_created_if_it_is_missing_and_could_not_be_read_if_it_is_there(tmp_path: Path):
    url = os.environ["POLICY_ENDPOINT_URL"]
    project = GUIDE.parents[1] / "deploy-plans" / "quickstart"
    shutil.copytree(project, tmp_path / "deploy-plans" / "quickstart")
    with recording(url) as recorder:
        recorder.denied = READS
        tool = Tool(tmp_path, Cloud(recorder.url, ACCOUNT))
        missing = tool.succeed("diff")
        assert "Plan: 10 create, 0 update" in missing.stdout, missing
        cloud = Cloud(url, ACCOUNT)
        trust = trust_of("lambda.amazonaws.com").replace(OF_TRUST, ACCOUNT)
        role = cloud.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust)
        cloud.client("lambda").create_function(
            FunctionName="quickstart",
            Role=role["Role"]["Arn"],
            Runtime="python3.13",
            Handler="batch.handler",
            Code={"ZipFile": zip_of("")},
        )
        hidden = tool.end(3, "diff")
        assert "AccessDeniedException" in hidden.stdout + hidden.stderr, hidden
