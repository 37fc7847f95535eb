"""For sellers' servers: answer the marketplace's signed SaaS 2.0 calls, and query its orders.

    from galleria_seller import Created, Endpoint, NewInstance, Production

    class MyProduct(Production):
        def new_instance(self, call: NewInstance) -> Created:
            return Created(instance_id=make(call.order_id, call.order_line_id, call.business_id))

    endpoint = Endpoint(MyProduct(), keys=[KEY])
    answer = endpoint.answer("POST", query_string, body)     # from any web framework
    application = WsgiApp({"/saas": endpoint})               # or as WSGI

It needs Python 3.9 or later and nothing else; `fields` (AES of contract 1.0) needs `cryptography`.
"""

from .answers import AppInfo, Created, InstanceInfo, NoResources, NoSuchInstance, NotReady, Refusal, UsageInfo
from .calls import (
    BadCall,
    Call,
    ChangeInstanceCheck,
    NewInstance,
    OrderNotify,
    QueryInstance,
    RefreshInstance,
    ReleaseInstance,
    UpdateInstanceStatus,
    UpgradeInstance,
)
from .endpoint import Answer, Endpoint, Production
from .nonces import MemoryNonces, Nonces
from .orders import BuyerInfo, Order, OrderClient, OrderLine, OrderQueryFailed, ProductInfo
from .wsgi import WsgiApp

__all__ = [
    "Answer",
    "AppInfo",
    "BadCall",
    "BuyerInfo",
    "Call",
    "ChangeInstanceCheck",
    "Created",
    "Endpoint",
    "InstanceInfo",
    "MemoryNonces",
    "NewInstance",
    "NoResources",
    "NoSuchInstance",
    "Nonces",
    "NotReady",
    "Order",
    "OrderClient",
    "OrderLine",
    "OrderNotify",
    "OrderQueryFailed",
    "ProductInfo",
    "Production",
    "QueryInstance",
    "RefreshInstance",
    "Refusal",
    "ReleaseInstance",
    "UpdateInstanceStatus",
    "UpgradeInstance",
    "UsageInfo",
    "WsgiApp",
]
