"""Many requests at once: none lost, none wrong, and nothing kept."""

from types import ModuleType

CLIENTS, REQUESTS, MALFORMED, WARM = 8, 500, 100, 100


def all_of(cases) -> list:
    return [case for of_model in cases.values() for case in of_model]


def test_500_requests_of_8_clients_are_answered_rightly_in_steady_memory(
    server, serving_load: ModuleType
) -> None:
    cases = serving_load.mix(all_of(server.good), [], (REQUESTS, 0))
    process = server.process
    outcomes = serving_load.put_load(process.address, cases, CLIENTS, process.pid)
    assert len(outcomes) == REQUESTS
    assert not [f"{o.case.label}: {o.wrong}" for o in outcomes if o.wrong]
    # The first hundred hold each model and size several times. A server that kept a quarter of
    # what passed through it afterwards would grow by this:
    later = outcomes[WARM:]
    passed = sum(
        len(o.case.message) + sum(value.nbytes for value in o.case.expected.values()) for o in later
    )
    grown = later[-1].resident - outcomes[WARM - 1].resident
    assert grown < passed / 4, f"{grown / 2**20:.1f} MiB; {passed / 2**20:.1f} MiB passed"


def test_100_malformed_requests_get_their_status_while_good_ones_go_on(
    server, serving_load: ModuleType
) -> None:
    malformed = all_of(server.malformed)
    assert len({case.code for case in malformed}) == 5
    cases = serving_load.mix(all_of(server.good), malformed, (2 * MALFORMED, MALFORMED))
    outcomes = serving_load.put_load(server.process.address, cases, CLIENTS)
    assert len(outcomes) == 3 * MALFORMED
    assert not [f"{o.case.label}: {o.wrong}" for o in outcomes if o.wrong]
