"""Messages: once per person and event, in their language, mails to confirmed addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import translation

from galleria.kit import jobs
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.money import Money
from galleria.notifying import selectors, services
from galleria.notifying.models import Message, MessageDelivery
from galleria.notifying.rendering import rendered, written
from galleria.notifying.sentences import SENTENCES
from galleria.notifying.topics import TOPICS
from tests.people import NOW

PAID = {"order": "GA2703011700ABCDEF", "product": "Backup Pro", "amount": Money(123456, "EUR")}


def tell(person, key="order.paid", dedupe="e1", **more):
    values = {**PAID, **more} if key == "order.paid" else more
    return services.notify(
        [person.user], key, at=NOW, dedupe=dedupe, account_pk=person.account.pk, link="/buyer/orders/GA1", **values
    )


def work():
    mail.outbox.clear()
    jobs.run_due(with_crons=False, raise_errors=True)
    return list(mail.outbox)


@pytest.mark.req("B-MSG-001")
def test_a_message_is_in_the_centre_at_once_and_in_the_mail_after_the_job(ada):
    (message,) = tell(ada)

    assert selectors.unread_count(ada.actor) == 1
    assert mail.outbox == []
    (sent,) = work()
    assert sent.to == ["ada.byron@example.com"]
    assert sent.subject == "Galleria: Payment received for order GA2703011700ABCDEF"
    assert "1,234.56\u00a0EUR was paid" in sent.body
    assert "See the order: http://localhost:8000/buyer/orders/GA1" in sent.body
    assert message.topic == "finance"


@pytest.mark.req("B-MSG-004", "B-MSG-T2")
def test_the_same_event_reaches_a_person_once_however_often_it_is_told(ada):
    tell(ada)
    assert tell(ada) == []
    first = work()
    tell(ada)

    assert len(first) == 1
    assert work() == []
    assert Message.objects.count() == 1


@pytest.mark.req("B-MSG-T2")
def test_replaying_the_job_does_not_send_twice(ada):
    from galleria.notifying.jobs import send_mail

    (message,) = tell(ada)
    work()

    send_mail(message.public_id, "email")

    assert len(mail.outbox) == 1


@pytest.mark.req("B-MSG-004")
def test_the_delivery_is_recorded_with_time_and_state(ada, settings):
    (message,) = tell(ada)
    assert MessageDelivery.objects.get().state == "queued"
    settings.EMAIL_BACKEND = "tests.packages.notifying.broken.EmailBackend"
    jobs.run_due(with_crons=False)

    failed = MessageDelivery.objects.get()
    assert (failed.state, failed.error) == ("failed", "ConnectionRefusedError: the mail server is away")

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    jobs.run_due(NOW + timedelta(minutes=5), with_crons=False, raise_errors=True)
    sent = MessageDelivery.objects.get()
    assert (sent.state, sent.error) == ("sent", "")
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{message.public_id}.email@localhost>"


@pytest.mark.req("B-MSG-002", "B-MSG-T1")
def test_an_unconfirmed_address_gets_no_mail(ada):
    EmailAddress.objects.update(verified=False)

    tell(ada)

    assert work() == []
    assert selectors.unread_count(ada.actor) == 1


@pytest.mark.req("B-MSG-001")
def test_mail_and_page_are_in_the_readers_language_and_zone(ada):
    ada.user.language, ada.user.time_zone = "zh-hans", "Asia/Shanghai"
    ada.user.save()

    with translation.override("zh-hans"):
        assert written(NOW, "Asia/Shanghai") == "2027年3月1日 17:00 (Asia/Shanghai)"
        assert written(Money(123456, "JPY")) == "123,456\u00a0JPY"
    assert written(NOW) == "1 Mar 2027, 09:00 (UTC)"


@pytest.mark.req("B-MSG-002")
def test_a_person_switches_off_mails_of_a_topic(ada):
    services.choose_channels(ada.actor, choices={("product", "email"): False})

    services.notify([ada.user], "order.completed", at=NOW, dedupe="x", order="GA1", product="Backup Pro")

    assert selectors.unread_count(ada.actor) == 1
    assert work() == []


@pytest.mark.req("B-MSG-004")
def test_money_and_security_cannot_be_switched_off(ada):
    wanted = {(topic, channel): False for topic in ("finance", "security") for channel in ("center", "email")}

    services.choose_channels(ada.actor, choices=wanted)
    tell(ada)

    assert len(work()) == 1
    assert selectors.unread_count(ada.actor) == 1


@pytest.mark.req("B-MSG-003")
def test_campaigns_reach_nobody_who_did_not_ask(ada, xavier):
    from galleria.notifying.sentences import Sentence, register

    register({"test.campaign": Sentence("campaign", "Spring offer", "Everything is cheaper.")})
    services.choose_channels(ada.actor, choices={("campaign", "center"): True, ("campaign", "email"): True})

    made = services.notify([ada.user, xavier.user], "test.campaign", at=NOW, dedupe="spring")

    assert [message.user for message in made] == [ada.user]
    assert len(work()) == 1
    SENTENCES.pop("test.campaign")


@pytest.mark.req("B-MSG-003")
def test_every_sentence_has_a_known_topic_and_can_be_written_with_nothing():
    assert {"finance", "product", "service", "cost", "security", "campaign"} == set(TOPICS)
    for key, sentence in SENTENCES.items():
        assert sentence.topic in TOPICS, key
        text = rendered(Message(key=key, topic=sentence.topic, parameters={}))
        assert text.subject and text.text, key


def test_an_unknown_message_is_a_bug_and_an_unknown_choice_is_refused(ada):
    with pytest.raises(services.UnknownMessage):
        services.notify([ada.user], "no.such", at=NOW, dedupe="x")
    with pytest.raises(Invalid):
        services.choose_channels(ada.actor, choices={("finance", "pigeon"): True})


def test_markup_and_braces_in_parameters_stay_what_they_are(ada):
    (message,) = tell(ada, product="{order} <b>%s</b> {0.__class__}")

    assert "{order} <b>%s</b> {0.__class__}" in rendered(message).text
    page = ada.client.get("/account/messages").content.decode()
    assert "&lt;b&gt;%s&lt;/b&gt;" in page


def test_reading_is_for_the_person_alone(ada, xavier):
    (message,) = tell(ada)

    with pytest.raises(NotFound):
        services.mark_read(xavier.actor, message_id=message.public_id, at=NOW)
    assert xavier.client.get(f"/account/messages/{message.public_id}").status_code == 404
    assert selectors.unread_count(ada.actor) == 1

    ada.client.get(f"/account/messages/{message.public_id}")
    assert selectors.unread_count(ada.actor) == 0


def test_marking_all_as_read_keeps_to_the_topic(ada):
    tell(ada)
    services.notify([ada.user], "order.completed", at=NOW, dedupe="x", order="GA1", product="Backup Pro")

    ada.client.post("/account/messages/read", {"topic": "finance"})
    assert selectors.counts_by_topic(ada.actor) == {"finance": (1, 0), "product": (1, 1)}
    ada.client.post("/account/messages/read")
    assert selectors.unread_count(ada.actor) == 0


def test_telling_many_people_takes_few_queries(ada, django_assert_max_num_queries):
    people = [ada.colleague(f"Colleague {number}", "BuyerFinance").user for number in range(10)]

    with django_assert_max_num_queries(40):
        made = services.notify(people, "order.paid", at=NOW, dedupe="x", **PAID)

    assert len(made) == 10
    assert len(work()) == 10


def test_the_matrix_says_what_is_on_and_what_is_locked(ada):
    matrix = {topic.key: channels for topic, channels in selectors.matrix_of(ada.actor)}

    assert matrix["finance"] == {"center": (True, True), "email": (True, True)}
    assert matrix["product"] == {"center": (True, True), "email": (True, False)}
    assert matrix["campaign"] == {"center": (False, False), "email": (False, False)}

    ada.client.post("/account/messages/channels", {"service-email": "yes", "campaign-center": "yes"})
    matrix = {topic.key: channels for topic, channels in selectors.matrix_of(ada.actor)}
    assert matrix["product"]["email"] == (False, False)
    assert matrix["service"]["email"] == (True, False)
    assert matrix["campaign"]["center"] == (True, False)
