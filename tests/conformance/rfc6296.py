# SPDX-License-Identifier: GPL-2.0
"""RFC 6296: IPv6 prefixes exchanged. It numbers no requirements: by section."""
from bench import MUST, SHOULD, Book

book = Book(6296, "IPv6 prefix translation")
WHY = "the module refuses IPv6 prefixes"

for ident, level, text in (
        ("2", MUST, "stateless: the same prefixes give the same result, from either side first"),
        ("2.6", MUST, "transport checksums stay right unchanged"),
        ("3.1", MUST, "the adjustment is the difference of the two prefixes' sums"),
        ("3.2", MUST, "outwards: source prefix exchanged, adjustment added, 0xffff becomes 0"),
        ("3.2s", SHOULD, "what cannot be mapped is answered by Destination Unreachable"),
        ("3.3", MUST, "inwards: exactly the reverse"),
        ("3.4", MUST, "/48 or shorter: the subnet is adjusted, the interface identifier kept"),
        ("3.5", SHOULD, "longer: the first word of the identifier that is not 0xffff"),
        ("3.7", MUST, "an identifier of zeros with a longer prefix is dropped"),
        ("4.1", MUST, "any unicast prefixes can be set"),
        ("4.2", MUST, "/48: subnet 0xffff is not translated"),
        ("4.3", MUST, "hairpin: both ways by the external prefix")):
    book.not_built(ident, level, text, WHY)
