from deploy.devtools.machine import machine_block


def test_figures_say_where_they_come_from() -> None:
    machine = machine_block()
    assert machine["cpu"]
    assert machine["cores"] >= 1
    assert machine["packages"]["numpy"]
