"""The reasons that every marketplace begins with; the operator changes, adds and removes them afterwards."""

from django.db import migrations

from galleria.kit.ids import new_id

REASONS = (
    # kind (empty: every kind), title and words in English, title and words in Simplified Chinese
    ("registration", "Licence cannot be read", "The business licence cannot be read. Upload a complete, sharp copy of all pages.",
     "执照无法辨认", "营业执照无法辨认。请上传所有页面完整、清晰的副本。"),
    ("registration", "Name or address differs", "Company name or address differ from the licence. Both must be the same.",
     "名称或地址不一致", "公司名称或地址与营业执照不一致，两者必须相同。"),
    ("registration", "Contact not reached", "We could not reach the contact that you named. Check the phone number and the e-mail address.",
     "联系不上联系人", "我们无法联系到您填写的联系人。请检查电话号码和电子邮箱。"),
    ("certification", "Account holder differs", "The holder of the bank account is not the registered company.",
     "账户持有人不一致", "银行账户的持有人不是注册公司。"),
    ("certification", "Tax number not confirmed", "The tax number could not be confirmed. Check it and add the certificate of the tax office.",
     "税号未能核实", "税号未能核实。请检查税号，并附上税务机关的证明。"),
    ("profile", "Proof is missing", "The change needs a proof of the authority that registered it.",
     "缺少证明", "此变更需要登记机关出具的证明。"),
    ("exit", "Obligations are open", "Orders, bills or service orders are still open. Finish them before you leave.",
     "仍有未完成的义务", "仍有未完成的订单、账单或服务单。请先完成，然后再退出。"),
    ("test_coupon", "Purpose unclear", "Say which test the coupon is for, and who carries it out.",
     "用途不清楚", "请说明测试券用于哪项测试，以及由谁进行测试。"),
    ("asset", "Serious finding", "The scan found a serious vulnerability. Update the component that is named and upload a new version.",
     "发现严重问题", "扫描发现严重漏洞。请更新所列组件并上传新版本。"),
    ("asset", "Preset account or password", "The asset contains a preset account or password. Make it at the first start instead.",
     "含有预设账户或密码", "资产中包含预设账户或密码。请改为在首次启动时生成。"),
    ("release", "Name says too much", "The name holds a version, a price or a claim. Leave only what the product is called.",
     "名称内容过多", "名称中包含版本、价格或宣传语。请只保留产品名称。"),
    ("release", "Pictures do not show the product", "Pictures must show the product itself, sharp and without contact data.",
     "图片未展示产品", "图片必须清晰展示产品本身，且不含联系方式。"),
    ("release", "Agreement unclear", "The agreement has blanks to fill, or clauses that do not fit this product.",
     "协议不清楚", "协议中有待填写的空白，或含有不适用于本产品的条款。"),
    ("release", "Guide does not help", "The guide must say how to sign in and use the product after the purchase.",
     "使用指南不够用", "使用指南必须说明购买后如何登录和使用产品。"),
    ("release", "Certificate does not fit", "Name or owner in the copyright certificate differ. Add the declaration letter that fits.",
     "证书不相符", "著作权证书中的名称或权利人不一致。请补充相应的声明函。"),
    ("release", "Effect of the price unclear", "Say what the new price means for running subscriptions.",
     "价格影响不清楚", "请说明新价格对正在使用的订阅有何影响。"),
    ("removal", "Customers are not told", "Running customers must be told what replaces the product, and until when it is supported.",
     "未通知客户", "必须告知现有客户由什么替代该产品，以及支持到何时。"),
    ("", "Something is missing", "Something is missing. See the remarks beside the fields, complete them and submit again.",
     "内容不完整", "内容不完整。请查看各栏旁的意见，补充后重新提交。"),
    ("", "File cannot be read", "A file cannot be opened or read. Upload it again.",
     "文件无法打开", "有文件无法打开或辨认。请重新上传。"),
    ("", "Language", "The texts must be in English or in the language of the region of sale.",
     "语言", "文字必须使用英文或销售地区的语言。"),
)  # fmt: skip


def create(apps, schema_editor):
    reasons = apps.get_model("reviewing", "ReasonTemplate").objects.using(schema_editor.connection.alias)
    for position, (kind, title, text, title_zh, text_zh) in enumerate(REASONS):
        reasons.create(
            public_id=new_id("rsn"), kind=kind, position=position, title=title, title_en=title, title_zh_hans=title_zh,
            text=text, text_en=text, text_zh_hans=text_zh,
        )


class Migration(migrations.Migration):
    dependencies = [("reviewing", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
