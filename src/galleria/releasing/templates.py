"""Agreements that the marketplace offers to sellers as their end user agreement (S-MAT-014)."""

from __future__ import annotations

from functools import cache
from typing import Final

from galleria.publishing.catalogue_file import schema

STANDARD: Final = "STANDARD_EULA"

_TEXT: Final = """# End user agreement for {product}

This agreement is made between you and {seller} when you accept it while ordering {product}.

## What you may do

{seller} grants you the right to use {product} for your own business, in the quantity and for the term that you
bought. The right is not exclusive and cannot be passed on.

## What {seller} does

{seller} makes {product} available as its description says, helps you within the hours of its support, and corrects
faults within a reasonable time.

## Personal data

Each side protects personal data that it receives from the other, uses it only to fulfil this agreement, and deletes it
when it is no longer needed or the law asks for it.

## Fees, renewal and refund

Fees, billing and refunds follow your order and the rules of the marketplace.

## Liability and end

Each side is liable for what it causes by intent or gross negligence, and otherwise up to the fees of one year. The
agreement ends with your subscription; your data can be exported until then.
"""

_CHINESE: Final = """# {product} 最终用户协议

您在订购 {product} 时接受本协议,本协议由您与 {seller} 订立。

## 使用权

{seller} 授予您在所购数量与期限内为自身业务使用 {product} 的非独占、不可转让的权利。

## 服务

{seller} 按商品说明提供 {product},在服务时间内提供支持,并在合理时间内修复故障。

## 个人信息

双方保护从对方获得的个人信息,仅为履行本协议而使用,并在不再需要或法律要求时删除。

## 费用、续费与退款

费用、计费与退款以订单及市场规则为准。

## 责任与终止

任何一方对故意或重大过失造成的损失承担责任,其他情形以一年费用为限。协议随订阅终止;终止前您可以导出数据。
"""


@cache
def agreements() -> tuple[schema.Agreement, ...]:
    """The templates, with `{product}` and `{seller}` to be filled in."""
    return (
        schema.Agreement.model_validate({
            "key": STANDARD,
            "kind": "template",
            "name": {"en": "End user agreement for {product}", "zh": "{product} 最终用户协议"},
            "versions": [
                {"version": "1.0", "effective_on": "2026-01-01", "text": {"en": _TEXT, "zh": _CHINESE}},
            ],
        }),
    )  # fmt: skip


def keys() -> frozenset[str]:
    """What a document can name as its `licence`."""
    return frozenset(each.key for each in agreements())
