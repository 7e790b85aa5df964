"""Translates a SAM template into plain CloudFormation, with the SAM translator that AWS itself uses."""

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from tests.local import cloud
from tests.local.errors import LocalStackError

# The translator accepts only packaged code; these stand for what `sam package` would have uploaded.
_PACKAGED_CODE: Final = "s3://local/code.zip"
_PACKAGED_IMAGE: Final = f"{cloud.ACCOUNT}.dkr.ecr.{cloud.REGION}.amazonaws.com/local:latest"
_PACKAGED_DEFINITION: Final = "s3://local/definition.asl.json"

_DEPLOYMENT: Final = (
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "DeploymentPreference",
    "ProvisionedConcurrencyConfig",
)

Json = dict[str, Any]


class _BundledPolicies:
    """The names of AWS's managed policies, from the translator's own copy instead of from an account."""

    def load(self) -> dict[str, str]:
        return get_bundled_managed_policy_map("aws") or {}


def translate(path: Path, overrides: Mapping[str, str]) -> tuple[Json, Json, dict[str, str]]:
    """Translate the template at `path`.

    Args:
        path: Where the template is.
        overrides: Values for the template's parameters. One that the template does not have is left out, so that a
            caller may offer the same values to any template.

    Returns:
        The template as written, with its Globals applied to nothing and its parameters' defaults overridden; the
        translated resources; and the values of all parameters.

    Raises:
        LocalStackError: The file is missing, is no template, or the translator refuses it.
    """
    try:
        source: Json = yaml_parse(path.read_text("utf-8"))
    except FileNotFoundError as error:
        message = f"There is no template at {path}."
        raise LocalStackError(message) from error
    if not isinstance(source, dict) or "Resources" not in source:
        message = f"{path} is no template: it has no Resources."
        raise LocalStackError(message)
    parameters = _parameters(source, overrides)
    # The translator asks boto3 for the region, even where it is never used.
    os.environ.setdefault("AWS_DEFAULT_REGION", cloud.REGION)
    try:
        translated = transform(_packaged(source), parameters, _BundledPolicies())
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        message = f"The SAM translator refuses {path}: {causes}"
        raise LocalStackError(message) from error
    return source, translated["Resources"], parameters


def _parameters(source: Json, overrides: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for name, declaration in source.get("Parameters", {}).items():
        if name in overrides:
            declaration["Default"] = overrides[name]
        elif "Default" not in declaration:
            message = f"The template's parameter {name} has no default, and none was given."
            raise LocalStackError(message)
        values[name] = str(declaration["Default"])
    return values


def _packaged(source: Json) -> Json:
    """Return a copy that looks as after `sam package`, without layers: their code is on the import path already."""
    template = copy.deepcopy(source)
    template.get("Globals", {}).get("Function", {}).pop("Layers", None)
    resources = template["Resources"]
    for resource in resources.values():
        properties = resource.setdefault("Properties", {})
        match resource["Type"]:
            case "AWS::Serverless::Function":
                properties.pop("Layers", None)
                # These only add aliases, warm instances and alarms, which nothing on this machine reads.
                for name in _DEPLOYMENT:
                    properties.pop(name, None)
                if properties.get("PackageType") == "Image":
                    properties["ImageUri"] = _PACKAGED_IMAGE
                else:
                    properties["CodeUri"] = _PACKAGED_CODE
            case "AWS::Serverless::StateMachine":
                properties["DefinitionUri"] = _PACKAGED_DEFINITION
            case "AWS::Serverless::LayerVersion":
                properties["ContentUri"] = _PACKAGED_CODE
    return _without_aliases(template)


def _without_aliases(node: Any) -> Any:
    """Return the node with references to functions' aliases replaced by the functions themselves."""
    match node:
        case {"Ref": str(name)} if name.endswith(".Alias"):
            return {"Fn::GetAtt": [name.removesuffix(".Alias"), "Arn"]}
        case dict():
            return {name: _without_aliases(value) for name, value in node.items()}
        case list():
            return [_without_aliases(value) for value in node]
    return node
