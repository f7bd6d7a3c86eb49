import ssl
import stat
from datetime import UTC, datetime, timedelta

from cheiron.studio.phone.certificate import own_certificate
from cheiron.studio.phone.house import House
from cheiron.studio.phone.tickets import Tickets

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_it_is_made_once_and_for_its_owner_only(tmp_path):
    one = own_certificate(tmp_path / "phone", ["192.168.1.20", "localhost"], NOW)
    two = own_certificate(tmp_path / "phone", ["192.168.1.20"], NOW + timedelta(days=100))
    assert one.fingerprint == two.fingerprint
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
    assert [path.name for path in one.path.parent.iterdir()] == ["phone.pem"]
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(one.path)


def test_it_is_renewed_for_another_address_before_its_end_and_when_damaged(tmp_path):
    made = [own_certificate(tmp_path, ["192.168.1.20"], NOW)]
    made.append(own_certificate(tmp_path, ["192.168.1.20", "10.0.0.7"], NOW))
    made.append(own_certificate(tmp_path, ["10.0.0.7"], NOW + timedelta(days=390)))
    made[-1].path.write_bytes(made[-1].path.read_bytes()[:300])
    made.append(own_certificate(tmp_path, ["10.0.0.7"], NOW + timedelta(days=391)))
    assert len({each.fingerprint for each in made}) == 4
    assert "10.0.0.7" in made[-1].hosts


def test_nothing_listens_until_the_player_opens_the_house(tmp_path):
    house = House(dict, tmp_path / "phone", tmp_path)
    assert not house.child.wanted() and house.to_json()["open"] is False
    assert not (tmp_path / "phone").exists()
    house.open("127.0.0.1", 0)
    assert house.child.wanted()
    house.close()
    assert not house.child.wanted()


def test_an_older_code_works_no_more_when_a_new_one_is_shown():
    tickets = Tickets()
    old, new = tickets.invite(1), tickets.invite(1)
    try:
        tickets.admit(old)
    except Exception as error:
        assert "scan the code" in str(error)
    assert tickets.admit(new).seat == 1
