#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What others say of this NAT: two testers that this project did not write, each
# with its own server on two addresses: coturn's (RFC 5780) and Vovida's (RFC 3489).
load lib

setup_file()
{
	begin
	net_up
	gw_up
	bg turnserver srv turnserver -n -z --no-cli --log-file stdout --simple-log \
		-L 203.0.113.100 -L 198.51.100.100 -p 3478 --alt-listening-port 3479
	bg stund srv stund -h 203.0.113.100 -a 198.51.100.100 -p 3500 -o 3501
	wait_for 'the first server' listening srv u 3479
	wait_for 'the second server' listening srv u 3501
}

# Each mode's name as RFC 5780 and as RFC 3489 has it.
filtering()
{
	portico uplink set wan filtering "$1"
	a turnutils_natdiscovery -f 203.0.113.100 >"$RUN/coturn"
	a stun 203.0.113.100:3500 >"$RUN/vovida" || true	# its status is the type
	cat "$RUN/coturn" "$RUN/vovida"
	grep -qxF "NAT with $2 Filtering!" "$RUN/coturn"
	grep -qF "Independent Mapping, $3 Filter, preserves ports, will hairpin" "$RUN/vovida"
}

@test "coturn: the mapping is endpoint-independent" {
	a turnutils_natdiscovery -m 203.0.113.100 >"$RUN/coturn"
	cat "$RUN/coturn"
	grep -qxF 'NAT with Endpoint Independent Mapping!' "$RUN/coturn"
}

@test "both: filtering by address, the default" {
	filtering address-dependent 'Address Dependent' 'Address Dependent'
}

@test "both: filtering by address and port" {
	filtering address-and-port-dependent 'Address and Port Dependent' 'Port Dependent'
}

@test "both: no filtering" {
	filtering endpoint-independent 'Endpoint Independent' Independent
}

# Its second socket is a stranger to the first one's mapping: filtered, or not.
@test "coturn: hairpins where strangers may come in" {
	portico uplink set wan filtering endpoint-independent
	a turnutils_natdiscovery -H 203.0.113.100 >"$RUN/coturn" || true
	cat "$RUN/coturn"
	grep -qxF 'Received a request (maybe a successful hairpinning)' "$RUN/coturn"
}
