"""Which encoding text that is not UTF-8 is in: what short files tell, and then a library.

charset-normalizer needs some hundred bytes to be sure of itself. Two things can be seen in a few:
whether the bytes are pairs of the common characters of an East Asian encoding, and whether a
one-byte encoding puts symbols within words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from charset_normalizer import from_bytes

from apps.seeds.readers.alphabets import VERY_FREQUENT, page_of

SAMPLE = 16 * 1024
_FALLBACKS = [
    "cp1252",
    "latin_1",
    "cp1250",
    "cp1251",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
]
MULTIBYTE = frozenset(("gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"))
WESTERN, CENTRAL, CYRILLIC = "cp1252", "cp1250", "cp1251"
LATIN_2, DOS, TURKISH, THAI = "iso8859_2", "cp850", "cp1254", "cp874"
_HIGH = re.compile(rb"[\x80-\xff]+")
# Two letters of a Latin word, książka: no single Chinese character stands so.
_WITHIN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{2}(?=[A-Za-z])")
_LONGEST_RUN = 2.0  # bytes: letters of a Latin alphabet beyond ASCII stand alone or in twos
_COMMON_SHARE = 0.7
_MOSTLY = 0.6
_FEWEST = 2
# Of so many characters some are of the second half of GB2312's first level, were they Chinese.
_ENOUGH_FOR_KOREAN = 6
_CLEARLY = 0.2


class _Pairs(NamedTuple):
    """An East Asian encoding: any character of two bytes, and the everyday ones among them."""

    codec: str
    any: re.Pattern[bytes]
    common: re.Pattern[bytes]


# GB2312's first level is 0xB0 to 0xD7, Big5's 0xA4 to 0xC6; JIS X 0208's kana are 0x82 and 0x83.
_PAIRS = (
    _Pairs(
        "gbk",
        re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]"),
        re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|\xa3[\xa1-\xfe]|\xa1[\xa1-\xbf]"),
    ),
    _Pairs(
        "big5",
        re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]"),
        re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|\xa1[\x40-\x7e\xa1-\xfe]"),
    ),
    _Pairs(
        "shift_jis",
        re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]"),
        re.compile(rb"[\x82\x83][\x40-\xf1]|\x81[\x40-\x5b]|[\x88-\x97][\x40-\x7e\x80-\xfc]"),
    ),
)
# JIS X 0208 as EUC has it; its kana are 0xA4 and 0xA5. All of it is GB2312 or Big5 as well.
_JAPANESE = re.compile(rb"[\xa1-\xf4][\xa1-\xfe]|\x8e[\xa1-\xdf]")
_SYLLABLE = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
# What is frequent in prose and in the names of tables and columns.
_FREQUENT = {
    "gbk": frozenset(
        "的一是不了人在有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家"
        "学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经"
        "头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿"
        "者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听"
        "世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马"
        "命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解"
        "各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元"
        "社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半"
        "候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党"
        "倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专"
        "石若兵弟谁校读志飞观争究包组造落视济喜离虽坐兴切客户订价格称类型状态编号码创更描述标题密"
        "账购支付库存地址邮箱添删除查询更角权限登录备注释"
    ),
    "big5": frozenset(
        "的一是不了人在有我他中大上到地出道也時年得就那要下以生自着去之過家學對可里後小心多天而能好都"
        "然日起還成事只作想看文無開手十用主行方又如前所本見經公同三已老動兩長知民樣現分將外但身與高"
        "進把法此實回二理美點月明其全工己話向情部正名定女問力機給等最業間新打便位因重走電四第門相次東"
        "政海口使西再平真世氣信北少關內加化由代軍產入先山五太水萬市別總才場師書比住員九性通目立數據"
        "表戶稱單訂商供應資料量更編號類型狀態創建描述標題密碼帳購買支付庫存址郵箱刪除查詢權限登錄備註"
        "示欄客價格日期台灣北"
    ),
    "euc_jp": frozenset(
        "あいうえおかがきぎくけげこごさしじすせそただちつてでとどなにのはばびべほまみむめもやゆよらりるれ"
        "ろわをんっアイウエオカガキギクグケコゴサザシジスズセソタダチテデトドナニネノハバパビピフブプベペ"
        "ホボポマミムメモヤユヨラリルレロワンッャュョィェーヴ、。・「」日本年月人大小名前後番号社員客顧商"
        "品注文一覧表更新追加削除変登録検索住所電話東京都阪府県市区町村会部課長役職給与売上在庫数量単価金"
        "額合計税率請求支払入荷出納伝票担当者取引先銀行口座種別分状態開始終了時刻曜祝予定実績管理用途備考"
        "説明内容件送信受確認承済未処完画面項目設権限利読書込氏郵便性学生年齢歳国籍製造発注価仕事業務報告"
    ),
    "euc_kr": frozenset(
        "이다의는에가을한고로지하사를기도서자리스대시어인정은과수해나일그부제보장주원전상라있구동으아"
        "비여조들유공성화우세만연경시선치소관안게계문신적발식국민학교무용회업미와개방법명생산중간등록"
        "물내외위체실진행분모요양반당단결영금품매번호름주소객목메뉴파트테블데터베컬럼값추삭저갱권페"
        "울산광천북남강초건강김박최홍길순철숙희남녀구입출급직급담당월년초특별코드상태날짜본차"
    ),
}


def detect(data: bytes) -> str:
    """The codec of bytes that are not UTF-8, "" where nobody knows. Looks at a bounded sample
    around the first byte that is not ASCII.
    """
    first = _HIGH.search(data)
    start = max(0, first.start() - 256) if first else 0
    sample = data[start : start + SAMPLE]
    is_long = _mean_run(sample) > _LONGEST_RUN
    # Characters of two bytes are hardly ever all letters, but in Thai's page, where most are.
    page = page_of(sample, VERY_FREQUENT) if is_long else ""
    if page and page != THAI:
        return page
    return _east_asian(sample) or (page_of(sample) if is_long else "") or _by_library(sample)


def _east_asian(sample: bytes) -> str:
    """The encoding in whose everyday characters nearly all of the sample is written."""
    if not _HIGH.search(_WITHIN_WORD.sub(b"", sample)):
        return ""
    high = len(b"".join(_HIGH.findall(sample)))
    shares = [(_share(sample, pairs, high), pairs.codec) for pairs in _PAIRS]
    share, codec = max(shares)
    if share < _COMMON_SHARE:
        # Kana are everyday characters of no pair above.
        return "euc_jp" if _is_japanese(sample, least=_MOSTLY) else ""
    if codec != "shift_jis" and _is_japanese(sample):
        return "euc_jp"
    return "euc_kr" if codec == "gbk" and _is_korean(sample) else codec


def _is_japanese(sample: bytes, least: float = 0.0) -> bool:
    """Whether all characters are in EUC-JP, and more of them frequent there than in any other:
    this share at least.
    """
    found = set(_PAIRS[0].any.findall(sample))
    if not all(map(_JAPANESE.fullmatch, found)) or not _decodes(sample, "euc_jp"):
        return False
    frequent = _frequent(found, "euc_jp")
    others = max(_frequent(found, codec) for codec in ("gbk", "big5", "euc_kr"))
    return frequent > others and frequent >= least * len(found)


def _is_korean(sample: bytes) -> bool:
    """Whether all characters are among the syllables of KS X 1001, and more of them frequent
    there than in Chinese; where neither is, whether they are several different ones.
    """
    found = set(_PAIRS[0].any.findall(sample))
    if not all(map(_SYLLABLE.fullmatch, found)):
        return False
    chinese, korean = (_frequent(found, codec) for codec in ("gbk", "euc_kr"))
    return korean > chinese or (korean == chinese and len(found) >= _ENOUGH_FOR_KOREAN)


def _frequent(pairs: set[bytes], codec: str) -> int:
    return sum(pair.decode(codec, "replace") in _FREQUENT[codec] for pair in pairs)


def _share(sample: bytes, pairs: _Pairs, high: int) -> float:
    """Which share of the characters is an everyday one; 0 where the bytes are no such pairs."""
    found = pairs.any.findall(sample)
    if len(found) < _FEWEST or not _decodes(sample, pairs.codec):
        return 0.0
    if sum(byte > 0x7F for pair in found for byte in pair) < high:
        return 0.0
    return sum(pairs.common.fullmatch(pair) is not None for pair in found) / len(found)


def _decodes(sample: bytes, codec: str) -> bool:
    """Whether it does, but for a character that the sample's end cuts."""
    for end in (len(sample), len(sample) - 1):
        try:
            sample[:end].decode(codec)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _by_library(sample: bytes) -> str:
    """What the look of the words says where it is plain, else what charset-normalizer says."""
    if _mean_run(sample) > _LONGEST_RUN and _odd(sample, CYRILLIC) == 0:
        return CYRILLIC
    matches = from_bytes(sample, steps=4, chunk_size=512, cp_isolation=_FALLBACKS)
    best = matches.best()
    if best is None:
        return ""
    western = next((match for match in matches if match.encoding == WESTERN), None)
    is_sure = best.coherence - (western.coherence if western else 0.0) >= _CLEARLY
    if is_sure or _mean_run(sample) > _LONGEST_RUN:
        return best.encoding
    return _latin(sample)


def _latin(sample: bytes) -> str:
    """Which page of a Latin alphabet, by what it puts within words."""
    text = sample.decode(WESTERN, "replace")
    western_odd, central_odd = _odd(sample, WESTERN), _odd(sample, CENTRAL)
    if western_odd and central_odd and not _odd(sample, LATIN_2):
        return LATIN_2
    if _within(text) and not _within(sample.decode(DOS, "replace")):
        return DOS
    if western_odd == central_odd:
        if _TURKISH.search(text) and not _ICELANDIC.search(text):
            return TURKISH
        return CENTRAL if _is_central(text) else WESTERN
    return WESTERN if western_odd < central_odd else CENTRAL


# As cp1252 shows ğ, ş, Ğ, Ş and İ. Who has such letters themselves has these vowels as well.
_TURKISH = re.compile("[ðþÐÞÝ]")
_ICELANDIC = re.compile("[áéíóúæÁÉÍÓÚÆ]")
_OPENING = frozenset("¿¡«“„‘")  # in front of a word
_TYPED = frozenset("’‘–—\u00ad·´")  # within words of any language


def _within(text: str) -> int:
    """Symbols between two letters, those that are typed there left out."""
    return sum(
        1
        for before, here, after in zip(text, text[1:], text[2:], strict=False)
        if here > "\x7f" and not here.isalpha() and here not in _TYPED
        if before.isalpha() and after.isalpha()
    )


# As cp1252 shows Czech, Slovak, Polish and Hungarian words: ø and è beside á and í are no Danish
# or French, ì and ù before a letter no Italian or French, õ before another letter than e and s or
# at a word's end no Portuguese, ñ at a word's end no Spanish.
_CENTRAL_PAIRS = re.compile(
    r"[øè][áíý]|[áíýú][øè]|[ìù][a-zà-ÿšž]|yõ|[áéíóú]\w{0,20}õ[a-df-rt-z]|[a-zß-ÿ]{2}[õñ]\b|iê\b|œæ"
)
_CARONS, _BESIDE_CARONS = frozenset("šžŠŽ"), frozenset("èìøùòÈÌØÙÒ")


def _is_central(text: str) -> bool:
    """Whether a text read as cp1252 has what only another alphabet's words leave there."""
    has_carons = not _CARONS.isdisjoint(text) and not _BESIDE_CARONS.isdisjoint(text)
    return has_carons or _CENTRAL_PAIRS.search(text) is not None


def _mean_run(sample: bytes) -> float:
    """How many bytes beyond ASCII follow one another: words of another alphabet are long."""
    runs = _HIGH.findall(sample)
    return sum(map(len, runs)) / len(runs) if runs else 0.0


def _odd(sample: bytes, codec: str) -> int:
    """Characters beyond ASCII that are no letters and touch one: no spelling has them."""
    text = sample.decode(codec, "replace")
    return sum(
        1
        for before, here, after in zip(" " + text, text, text[1:] + " ", strict=False)
        if here > "\x7f" and not here.isalpha() and (before.isalpha() or after.isalpha())
        if not (here in _OPENING and not before.isalpha())
    )
