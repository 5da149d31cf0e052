#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=stock
# A page fetched across the gateway: the server sees the gateway, never the host.
load lib

setup_file()
{
	begin
	net_up
	gw_up
	mkdir "$RUN/www"
	echo 'a page from outside' >"$RUN/www/page"
	bg httpd srv python3 -u -m http.server 80 --directory "$RUN/www"
	wait_for 'the web server' listening srv t 80
}

@test "curl gets the page, byte for byte" {
	a curl -sS --max-time 30 -o "$RUN/got" http://203.0.113.100/page
	cmp "$RUN/got" "$RUN/www/page"
}

@test "the server's log has the gateway's address and not the host's" {
	a curl -sS --max-time 30 -o /dev/null http://203.0.113.100/page?log
	wait_for 'the log line' grep -q 'GET /page?log' "$RUN/httpd"
	grep 'GET /page?log' "$RUN/httpd" | grep '^203\.0\.113\.1 '
	absent 192.168 "$RUN/httpd"
}

@test "a hundred fetches make a hundred mappings" {
	before=$(q 'host show' '.[0].created')
	# A port of their own for each: the kernel may give one twice in a minute.
	for port in {21000..21099}; do
		[ "$port" = 21000 ] || echo next
		echo 'url = http://203.0.113.100/page'
		echo "local-port = $port"
		echo 'output = /dev/null'
	done >"$RUN/fetches"
	a curl -sS --fail --max-time 30 -K "$RUN/fetches"
	is "$(q 'host show' '.[0].created')" $((before + 100)) 'mappings made'
}
