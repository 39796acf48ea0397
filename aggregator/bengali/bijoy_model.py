"""How much more likely one letter follows another in Bijoy than in English.

Its rows were printed by ``python -m bench.bijoy_model`` from 2.4 million characters of Bengali
news, written in Bijoy, and the docstrings of Python's standard library. Every number is a
log-likelihood ratio, rounded to a letter: ``m`` is 0, later letters speak for Bijoy, each by
``1 / SCALE``. Knows pairs of letters and no words.
"""

from __future__ import annotations

from operator import add

# A word's edge, the letters, the font's glyphs within ASCII, and * for any other character.
ALPHABET = " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_`~&^*"
SCALE = 1.5

_ROWS = (
    "nnlflfepjlirlmkalomgalgjogrjmokolpnlqpgooaahbaaabpfdeyynnny",
    "lmffgmgjmekpfnjmjmnfejimjntrnlgtmlljroaobocmajbdssmmmwsmmmx",
    "toqfwjmtmnmrlpmktnrjkpmsmknbtnnhqojlrqcwrcgudphemwmafqqmmmx",
    "mntprnppontooprnntmpnrptttthrrplosinvyhnqfotjnojoqtnttyttty",
    "nmwmlfjsninnjpiijnpikvtsnjngqwneppniuumtofnsojnjnxlinrunnny",
    "kotnmonqottqnommmslmnsppoqtpspornoonstmkimoljmnrktgrttttttx",
    "lnrmsomttnttqrtotqrtprsttxwjssnmpsthttkoogoqirnisqttttttttw",
    "oprikfkukhkusmehkrlgirkmkkreukskpvgjunbqjikobkhekskkdkkkkku",
    "olqookoqmmqxloqmqqoojqqqqqqfqoogqqmiqqomqhqqnoikqxqlqqqqqqv",
    "tltifigllhnqmigeeloignrngnpirwfohkluuppjbieykabnlvnnnnsnnnw",
    "ppppppnppppppppnnppppkpppppiptppnppppmrppinpppphpppmppppppp",
    "omqemdgmgjgnlmdgkqpgdpkngirgqnifmsinqomlfkgmnndkvlqqgqnpggu",
    "ogrgjeimmimsgkjfhonfgimmmhmewmmkmpmhvkhohckrjghhvttvgmmmmmx",
    "qfslgejlhllpekmjklohdnuolvwaormesrhmskjlqglqkehduvupllrllly",
    "lilkjhjjojoijmjhlomihsmooordqliglrorqoprjbmoljihyvowooouooy",
    "pqmmmokosqsnnnkorskklmnmpsssmkosfssvymllgqgsgjhippswssssssy",
    "nloklfmqjjmrknifomkgglmkmiwaupmklqmnwodnreivelhgqtukmmotmmy",
    "thmhehhhhlhlfmhhhhhhhhhhhhngtlhjilhrshjidnhohdhbsqhrhhnhhhs",
    "qkqhkdenmmmsinkgmmmheqiomktitopgipnpwsinnfjuqphcyswxmmtmmmy",
    "pqrknjponmrqnlmlmorjjnmropthskogptgluljjkmgnllegwprprrrrrrx",
    "mpvqsoqvpovvpovqnvqsqsvvvrvlqrtkvtglvqpqtisvkqrkynqkqvvvvvv",
    "sqrklggrklkugnhikmkfdgkrkkqhvrlqqokpsphqckbqegddxukskkmmkkw",
    "rjonngnnnonvlnlksokjjnnnlnsbvrndllnlrnnjnjnpkjjlwtornnonnnw",
    "sopnonnrjsnsnrjklnokntnpnnndospiosbiwpntqenucuknxslunqnnnny",
    "ekljnkllijllkilihlllhlllglihgiihgkinqllhlgllglilvngrglllllr",
    "pppjjijjjnjqlnmjgjpigllgjesloljgoqjmjmjppajpljjjtrrjjjljjju",
    "qgogjbgggigrohggjjmggoggggnjqlmgjpgjonhnpbgmmhjhurqrdpokggt",
    "oqtqsnoqqsqypuiqsqspoqqqqqwmlhdtmlnnofggbueoccdernqokqxvqqy",
    "poulsllrlulvpuolpkunltlplovhmijipqrnhranlcdsegiavxtkfptslly",
    "mprnklnvnpnuntnmrurogvqnnvvatjffmpkmvhgomjhmfjagvwvrnvxxnny",
    "krtgolpvppqxsvpkqqsnnvqrqqyeogjilonmtqgsjekwfiheusmqqstqqqy",
    "krvlsgmtpppxsrpptyshkuqumwykpjakklkpuqmmjoclekamsqkoiqypppy",
    "isootolqosorqsqooouoovoroowcxghlimxiuthqjgjugkedyuwnoosyooy",
    "krsormmqmomwoqqmiosmosmpmswkrnlhjkhlwrbokhgxgfebtvwtftvwmmy",
    "lpvpppppppppttppppppptppppwbxmkbqwpepphnhcnpehggyxptnvsrppy",
    "utuntnltnxjyvvqnwnvpntnsnxxhljilhlqrrlfigaboagahoynybqvvnny",
    "omrjqjjojsjtqrojnmqkjrjlmjsjuqpfpsjrpnjqoijtlqjaxttsjnqjjjv",
    "lorlphlllrluusllnnqjlpilllvetojfkmpmtumnmhcuihhdtnvullqslly",
    "nprrlmprruryrqrrsrsnptrrryxkjlffjpmmrldojjgyieeesntjmrwrrry",
    "mtwlrknvntnwvumnrnohlunnnnvalsnjqvonwoehqjatlpeeytwqnpwxnny",
    "kntnulnnmwpypspnksvlnuvvpyybsffhjklmsjeqhgfwnhairsynjpxvppy",
    "nrvrrotrruryuwvrurotrvrrrrxjmjdlijrothfgdgeucgedrmmtlrrrrry",
    "ouwwwsqwwqwwwwwwwwwwwwwwwwxjqoniownkwsispjktjmjkpqwlwwwwwww",
    "qipiiiiiiqisiqfilloiioinioshsngpnqitqnfpjiiicjiawtsqiiqmiiv",
    "nttooqotrotxupttutrrottqtttfkqjdjjnfrijqifjtggfhimqhqttttty",
    "lptqqlppnlqyyysqoqqqqvlqqqqfplklhnikyrhrniekjcbekrogqusqqqy",
    "jvtrtrsvsrxuyuxurxrsttxuxxyjspnhnthixxkspjmtjjljupqlrxxxxxy",
    "mrwrrrrrrxryrrrryxytrxurrrxngljehhrorthhhqfwdeelrymrrtyrrry",
    "omvosiiiiuivtvprurvqiusrisuiusshquqmvtqprkgwpqlshvhiituiiiy",
    "ajjghfjjjfjwsurnuvvqextulsvjtqnntudkwwjsliisaadjjddjhtwjjjx",
    "nmrmkhmmmmmuosvmmmrkmpmmmttbrjklntgmvmnnqnbxfhakixhghotmmmx",
    "jpwjjfimmomvrutmqoqsjvosmuursnkmnosoyuomkiaupfgvipmhhsvmmmy",
    "ksssssssssssssssssssssssssslsqsgossjssqmplsssqnssssnqssssss",
    "ofiffffffhfkfgfflffffffiffkfijfmkofmfffhgffhfgffqmfkffffffr",
    "odidgddddndmnjfdddedddddddkfojjlglipmodljjdldeddpnnoddilddq",
    "lgiggggggggjligglgigkmgggpnimognhjooqgklkmiggggjgpgggghgggp",
    "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm",
    "ohhhhhhhhihkhjhhhhmhhhhhhlmhjnhhjihpkhhhhhhohhhhrnnihhhhhhp",
    "odiafaaaahaokmiglnlhamjkglolomknknmonmkmlkeoghdhonllalnhalp",
)
_RATIOS = {
    first + second: (ord(row[column]) - ord("m")) / SCALE
    for first, row in zip(ALPHABET, _ROWS, strict=True)
    for column, second in enumerate(ALPHABET)
}


def likelihood(word: str) -> float:
    """Return the log-likelihood ratio of a word: above 0 it is rather Bijoy, below rather English.

    Characters outside the alphabet count as nothing: an accent is a glyph in one and a letter in
    the other.
    """
    letters = f" {word} "
    return sum(_RATIOS.get(pair, 0.0) for pair in map(add, letters, letters[1:]))
