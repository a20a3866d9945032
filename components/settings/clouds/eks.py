"""A cluster on Amazon EKS."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from checked import Text
from components.settings.base import Count, Section
from components.settings.clouds.common import Creation, Nodes, Version
from components.settings.schema import ConflictError

_RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""For how many days CloudWatch can keep a log; docs.aws.amazon.com: API_PutRetentionPolicy."""

_PATH, _NAME = r"([!-.0-~]+/)*", r"[0-9A-Za-z_+=,.@-]{1,64}"
"""Of a role or user; docs.aws.amazon.com: IAM/latest/UserGuide/reference_iam-quotas.html."""
_TAG = r"[\w .:/=+@-]*"
"""What IAM takes in a tag; the other services take more."""
_OTHERS_TAGS = (
    *("aws:", "eks:", "kubernetes.io", "KubernetesCluster", "karpenter.", "ebs.csi.", "efs.csi.", "CSIVolume"),
    "smarthr360:",
)
"""Beginnings of the tags that AWS, Auto Mode, the drivers of volumes and this program put on resources."""
_MOST_TAGS = 30
"""Of the 50 that a resource can have, the program, Auto Mode and its drivers add some of their own."""


class EksVersion(Version):
    """A minor version that EKS offers (docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html)."""

    __slots__ = ()
    supported_until: ClassVar[Mapping[str, date]] = {
        "1.34": date(2026, 12, 2),
        "1.35": date(2027, 3, 27),
        "1.36": date(2027, 8, 2),
    }
    example = max(supported_until)
    allowed = f"a version that EKS supports: {', '.join(supported_until)}"


class ClusterName(Text):
    """A cluster's name, in one account and region."""

    __slots__ = ()
    example = "smarthr360-staging"
    allowed = f"a name of at most 100 letters, digits, hyphens and underscores such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_-]{,99}", text) else "is not a valid cluster name"


class Region(Text):
    """A region of AWS. China's and the government's are partitions of their own, with other names for everything."""

    __slots__ = ()
    example = "eu-west-3"
    allowed = f"a region such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text.startswith(("cn-", "us-gov-")):
            return "is a region of another partition of AWS"
        return None if re.fullmatch(r"[a-z]{2}-[a-z]+-[1-9]", text) else "is not a region"


class Zone(Text):
    """A zone of a region, by its last letter."""

    __slots__ = ()
    example = "a"
    allowed = f"the letter of a zone such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if re.fullmatch(r"[a-z]", text) else "is not one lower-case letter"


class Account(Text):
    """An account of AWS."""

    __slots__ = ()
    example = "111122223333"
    allowed = f"an account's 12 digits such as {example}"

    @classmethod
    def read(cls, found: object) -> Self:
        """Make the account from text or a whole number: `pulumi config set --path` turns its digits into one."""
        return super().read(str(found) if isinstance(found, int) and not isinstance(found, bool) else found)

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if re.fullmatch(r"[0-9]{12}", text) else "is not an account"


class Principal(Text):
    """A role or user of IAM. EKS knows no session, which is what `aws sts get-caller-identity` answers with."""

    __slots__ = ()
    example = "arn:aws:iam::111122223333:role/platform"
    allowed = f"the ARN of a role or user such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if ":assumed-role/" in text:
            return "is a session of a role"
        fits = re.fullmatch(rf"arn:aws:iam::[0-9]{{12}}:(role|user)/{_PATH}{_NAME}", text)
        return None if fits else "is neither a role nor a user"


class Machine(Text):
    """An EC2 instance type that EKS Auto Mode uses, from 2 processors on (userguide/automode-learn-instances.html)."""

    __slots__ = ()
    example = "m7i.large"
    allowed = f"an instance type of size large, xlarge, 2xlarge and so on, such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        match = re.fullmatch(r"[a-z]+[0-9][a-z0-9-]*\.(.+)", text)
        if not match:
            return "is not an instance type"
        return None if re.fullmatch(r"large|([1-9][0-9]?)?xlarge", match[1]) else "has a size that can't be used here"

    @property
    def size(self) -> str:
        """Its size, such as `large`."""
        return self.rpartition(".")[2]

    @property
    def processors(self) -> int:
        """Its virtual processors; at AWS they follow from the size."""
        return 2 if self.size == "large" else 4 * int(self.size.removesuffix("xlarge") or 1)


class EksNodes(Nodes):
    """The nodes that the workloads run on."""

    machines: Annotated[tuple[Machine, ...], Field(min_length=1)] = Field(
        default=(Machine("m7i.large"), Machine("m6i.large"), Machine("m7a.large")),
        description="EC2 instance types of the nodes, all of one size; AWS takes what it has, and what is cheapest. "
        "The more there are, the longer spot nodes stay.",
    )
    maintenance: Annotated[int, Field(ge=0, le=23)] = Field(
        default=1,
        description="Hour of the day (UTC) from which, for four hours, nodes can be replaced by newer or cheaper ones.",
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        sizes = sorted({machine.size for machine in self.machines})
        if len(sizes) > 1:
            raise ConflictError("machines", f"have the sizes {', '.join(sizes)}; allowed are machines of one size")
        return self


class EksCreation(Creation):
    """A cluster that the stack makes."""

    version: EksVersion = Field(description="Kubernetes' minor version.")
    zones: tuple[Zone, ...] = Field(
        default=(Zone("a"), Zone("b"), Zone("c")),
        description="The region's three zones to use, by their letters; not every account has every zone.",
    )
    nat: Literal["per-zone", "one"] = Field(
        default="per-zone",
        description="NAT gateways. `per-zone`: the loss of a zone takes no other one's way out. "
        "`one`: a third of the price, for environments that can do without it for a while.",
    )
    admins: tuple[Principal, ...] = Field(
        default=(),
        description="Roles and users of IAM that administer the cluster; who made it does, too, and is not listed.",
    )
    log_days: Count = Field(
        default=365, description="For how many days the control plane's and the network's logs are kept."
    )
    nodes: EksNodes = Field(default=EksNodes(), description="The nodes that the workloads run on.")

    @field_validator("zones")
    @classmethod
    def _three(cls, zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
        if len(zones) != 3 or len(set(zones)) != 3:
            raise ValueError(f"are {', '.join(zones) or 'none'}; allowed are three different zones")
        return zones

    @field_validator("admins")
    @classmethod
    def _once(cls, admins: tuple[Principal, ...]) -> tuple[Principal, ...]:
        twice = [admin for admin in dict.fromkeys(admins) if admins.count(admin) > 1]
        if twice:
            raise ValueError(f"{' and '.join(twice)} is in the list more than once; allowed is each administrator once")
        return admins

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: dict[str, str]) -> dict[str, str]:
        for key, value in tags.items():
            # The driver of EBS takes a value for a template of Go's; an add-on's tags are the shortest.
            if not re.fullmatch(_TAG, key + value) or not 0 < len(key) < 128 or not 0 < len(value) < 256:
                raise ConflictError(
                    key,
                    "is not a tag that all services of AWS take; allowed are letters, digits, spaces and . : / = + @ _ "
                    "-, from 1 to 127 in the key and from 1 to 255 in the value",
                )
            if key.startswith(_OTHERS_TAGS):
                raise ConflictError(key, "is reserved for AWS, Kubernetes or this program; allowed is another key")
        if len(tags) > _MOST_TAGS:
            raise ValueError(f"has {len(tags)} tags; allowed are at most {_MOST_TAGS}")
        return tags

    @field_validator("log_days")
    @classmethod
    def _offered(cls, days: int) -> int:
        if days not in _RETENTIONS:
            raise ValueError(
                f"{days} is not what CloudWatch offers; allowed is one of {', '.join(map(str, _RETENTIONS))}"
            )
        return days


class Eks(Section):
    """A cluster on Amazon EKS."""

    name: ClusterName = Field(description="The cluster's name.", examples=["smarthr360-staging"])
    region: Region = Field(description="AWS region that it is in.", examples=["eu-west-3"])
    account: Account | None = Field(
        default=None,
        description="AWS account that it is in; credentials of another one are refused then.",
        examples=["111122223333"],
    )
    create: EksCreation | None = Field(
        default=None, description="How the stack makes it; left out for a cluster that exists already."
    )
