from sentiment.dataset.unlabelled import read_unlabelled


def test_what_a_review_is_about_is_kept(tmp_path):
    csv = tmp_path / "a.csv"
    csv.write_text("review,film\nA good one.,tt1\nA bad one.,\nA third one.,tt2\nA fourth.,tt1\n")
    plain = tmp_path / "b.csv"
    plain.write_text("review\nA fifth one.\n")

    rows = read_unlabelled([csv, plain], tmp_path / "work")

    groups = ["tt1", None, "tt2", "tt1", None]
    assert [None if group < 0 else rows.names[group] for group in rows.groups] == groups
