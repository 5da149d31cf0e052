#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Ways in which a socket gets its owner, each attributed as documented: who
# sends, has it; who has only been given it is found among the open files.
load books

setup_file()
{
	begin
	new_ns gw
	insmod "$PORTICO_KO"
}

setup()
{
	# What the case before left behind must not answer for this one.
	portico status set history-max 0
	portico status set history-max 4096
	rm -f "$RUN/case"
	mkfifo "$RUN/stdin"
	exec 9<>"$RUN/stdin"
}

teardown()
{
	kill "$CASE_PID" 2>/dev/null || true
	exec 9>&-
	rm -f "$RUN/stdin"
	wait_for 'the end of its sockets' none_open
	balanced
}

none_open()
{
	[ "$(socks '' 'map(select(.closed | not)) | length')" = 0 ]
}

told()
{
	grep -q . "$RUN/case"
}

# Start the case; what it prints is what the books must say.
owned()
{
	ip netns exec gw "$TOOL/owners" "$1" <"$RUN/stdin" >"$RUN/case" 2>"$RUN/case.err" 3>&- 4>&- 9>&- &
	CASE_PID=$!
	wait_for "$1" told || {
		cat "$RUN/case.err"
		return 1
	}
	local proto port role
	while read -r proto port role user comm creator creator_comm; do
		case $role in
		listen)	pick='map(select(.state == "listen"))' ;;
		remote)	pick='map(select(.remote != null))' ;;
		any)	pick='.' ;;
		esac
		say "expected: $(<"$RUN/case")"
		is "$(socks "proto $proto local :$port" "$pick | length")" 1 'sockets'
		is "$(socks "proto $proto local :$port" "${pick}[0] | \"\(.pid) \(.comm)\"")" "$user $comm" 'user'
		[ "$creator" = - ] ||
			is "$(socks "proto $proto local :$port" "${pick}[0] | \"\(.create_pid) \(.create_comm)\"")" \
				"$creator $creator_comm" 'creator'
	done <"$RUN/case"
}

@test "it listens" { owned listen; }
@test "it accepts and answers" { owned accept; }
@test "it accepts and only receives" { owned accept_silent; }
@test "a child serves what the parent accepted" { owned fork_after_accept; }
@test "a worker accepts what the parent listens on" { owned fork_before_accept; }
@test "the listener stays with the parent" { owned fork_listener; }
@test "exec: the same process, another program" { owned exec_other; }
@test "SCM_RIGHTS: passed on to a stranger" { owned scm_rights; }
@test "socket activation: the manager listens, the service answers" { owned activation; }
@test "inetd: the connection as standard input and output" { owned inetd; }
@test "a thread sends: the process has it" { owned thread; }
@test "UDP: the sender" { owned udp_sender; }
@test "UDP: only receives" { owned udp_receiver; }
@test "UDP: bound, no packet yet" { owned udp_bound; }
@test "UDP: two take turns" { owned udp_turns; }
@test "gone before anybody looks: UDP" { owned short_udp; }
@test "gone before anybody looks: TCP" { owned short_tcp; }
@test "the creator is gone, the heir keeps silent" { owned orphan; }
@test "the creator is gone, the heir sends" { owned heir; }
@test "a process of another network namespace" { owned other_netns; }

@test "the user" {
	owned user
	is "$(socks 'proto udp local :9000' '.[0].uid')" 65534
	is "$(socks 'proto udp local :9000 uid 65534' length)" 1
	is "$(socks 'proto udp local :9000 uid 0' length)" 0
}

@test "the control group" {
	mkdir /sys/fs/cgroup/portico-test
	(
		echo "$BASHPID" >/sys/fs/cgroup/portico-test/cgroup.procs
		exec ip netns exec gw "$TOOL/owners" udp_sender <"$RUN/stdin" >"$RUN/case" 3>&- 4>&- 9>&-
	) &
	CASE_PID=$!
	wait_for 'the sender' told
	is "$(socks 'proto udp local :9000' '.[0].cgroup_id')" "$(stat -c %i /sys/fs/cgroup/portico-test)"
	kill "$CASE_PID"
	wait "$CASE_PID" || true
	rmdir /sys/fs/cgroup/portico-test
}
