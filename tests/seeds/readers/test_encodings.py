"""Text that is not UTF-8, above all in files of a line or two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.seeds.readers.decoding import MIXED, decode

ROW = "INSERT INTO hall VALUES (1, '{}');\n"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("où ça ½ ñ", "latin-1"),
        ("Orléans", "cp1252"),
        ("Größe", "cp1252"),
        ("señor Muñoz", "latin-1"),
        ("“quoted” – 5 €", "cp1252"),
        ("Привет, мир", "cp1251"),
        ("Обновление", "cp1251"),
        ("Zażółć gęślą jaźń", "cp1250"),
        ("příjmení a jméno", "cp1250"),
        ("Dvořák", "cp1250"),
        ("čeština", "cp1250"),
        ("číslo účtu", "cp1250"),
        ("množství", "cp1250"),
        ("uživatelů", "cp1250"),
        ("árvíztűrő tükörfúrógép", "cp1250"),
        ("megrendelő", "cp1250"),
        ("Győr", "cp1250"),
        ("zamówień", "cp1250"),
        ("ilość", "cp1250"),
        ("købt på øen", "cp1252"),
        ("lunedì, più città", "cp1252"),
        ("opções e coração", "cp1252"),
        ("Võru sõna", "cp1252"),
        ("ère, poète, sûr", "cp1252"),
        ("mañana", "cp1252"),
        ("テーブルの名前", "euc_jp"),
        ("データベース", "euc_jp"),
        ("ひらがな", "euc_jp"),
        ("顧客名を更新する", "euc_jp"),
        ("更新", "euc_jp"),
        ("注文一覧", "euc_jp"),
        ("社員番号", "euc_jp"),
        ("東京都", "euc_jp"),
        ("用戶", "big5"),
        ("公司日期", "big5"),
        ("部门", "gbk"),
        ("图书管理员", "gbk"),
        ("学生", "gbk"),
        ("회원", "euc_kr"),
        ("供应商", "gbk"),
        ("更新用户表的名称字段", "gbk"),
        ("订单", "gbk"),
        ("客户名称", "gbk"),
        ("表示數量", "big5"),
        ("更新供應商的名稱欄位", "big5"),
        ("テーブルの名前", "shift_jis"),
        ("なまえ 商品 商品 商品", "euc_jp"),
        ("사용자 이름을 변경합니다", "euc_kr"),
        ("서울", "euc_kr"),
        ("¿Qué? ¡Así!", "latin-1"),
        ("Обновление записей в таблице", "koi8-r"),
        ("Приветствие пользователя", "cp866"),
        ("Обновление записей", "iso-8859-5"),
        ("Καλημέρα κόσμε, πίνακας πελατών", "cp1253"),
        ("Müşteri adı ve şehir bilgisi güncellendi, İstanbul", "cp1254"),
        ("שלום עולם, טבלת לקוחות", "cp1255"),
        ("مرحبا بالعالم جدول العملاء", "cp1256"),
        ("สวัสดีชาวโลก ตารางลูกค้า", "cp874"),
        ("Žluťoučký kůň pěl ďábelské ódy", "iso-8859-2"),
        ("Größe und Straße, Müller", "cp850"),
        ("주문 목록", "euc_kr"),
    ],
)
def test_a_short_file_is_read_in_its_encoding(text: str, codec: str) -> None:
    assert decode(ROW.format(text).encode(codec)).content.decode() == ROW.format(text)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"'\xc3\xa9t\xc3\xa9', 'Gr\xc3\xb6\xc3\x9fe', '\xe9'", "'été', 'Größe', 'é'"),
        (b"'Zo\xc3\xab x');\n 'Orl\xe9ans', 'x'", "'Zoë x');\n 'Orléans', 'x'"),
        ("'供应商材料', '".encode() + b"caf\xe9'", "'供应商材料', 'café'"),
        (b"'\xc3\xa9', \xc3\xa8, 'caf\xe9'", "'é', è, 'café'"),
        (b"'\xc3\xa9', '\xed\xa0\xbd\xed\xb8\x80'", "'é', '😀'"),
        ("'имя', '".encode() + b"\x93x\x94 \x81'", "'имя', '“x” \x81'"),
    ],
)
def test_utf8_with_odd_bytes_stays_utf8_and_says_so(data: bytes, text: str) -> None:
    found = decode(b"SELECT " + data)
    assert (found.content.decode(), found.encoding) == (f"SELECT {text}", MIXED)
    hinted = decode(b"SELECT " + data, encoding="ISO-8859-1")
    assert hinted == found, "what the source says does not make mojibake of it"


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip(" \t\r\n\x00\ufeff")))
def test_valid_utf8_is_never_taken_for_anything_else(text: str) -> None:
    data = ("-- " + text).encode("utf-8", "ignore")
    found = decode(data)
    assert found.reason == "binary" or found.content == data


WORDS = {
    "cp1252": st.sampled_from(["für", "élève", "año", "não", "smörgås", "Übung", "pièce", "ça"]),
    "cp1251": st.sampled_from(["имя", "таблица", "строка", "пользователь", "обновить"]),
    "gbk": st.sampled_from(["用户", "名称", "更新", "供应商", "数据表", "订单"]),
    "big5": st.sampled_from(["用戶", "名稱", "更新", "供應商", "資料表", "訂單"]),
    "cp1250": st.sampled_from(["příjmení", "číslo", "měsíc", "książka", "vevő", "Győr"]),
    "koi8_r": st.sampled_from(["пользователь", "таблица", "обновить", "Москва", "заказчик"]),
    "cp866": st.sampled_from(["пользователь", "таблица", "обновить", "Москва", "заказчик"]),
    "cp1253": st.sampled_from(["πελάτης", "παραγγελία", "πίνακας", "Αθήνα"]),
    "cp1256": st.sampled_from(["عميل", "منتج", "السعر", "العنوان", "القاهرة"]),
    "euc_jp": st.sampled_from(["ユーザー", "なまえ", "テーブル", "更新", "商品", "一覧"]),
    "shift_jis": st.sampled_from(["ユーザー", "なまえ", "テーブル", "データ", "を更新する"]),
}


@pytest.mark.parametrize("codec", WORDS)
def test_any_words_of_a_language_come_back(codec: str) -> None:
    @given(st.lists(WORDS[codec], min_size=2, max_size=30).map(" ".join))
    def check(text: str) -> None:
        assert decode(ROW.format(text).encode(codec)).content.decode() == ROW.format(text)

    check()
