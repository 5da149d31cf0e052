// SPDX-License-Identifier: GPL-2.0
/* TCP states and windows. */
#include <net/tcp.h>

#include "tcp.h"

#define SCALE_MAX	14		/* RFC 7323 section 2.3 */

static bool seq_after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

/* The window scale option of a SYN, 0 when there is none. */
static u8 syn_scale(const struct tcphdr *th)
{
	const u8 *opt = (const u8 *)(th + 1);
	int left = th->doff * 4 - sizeof(*th);

	while (left > 0) {
		if (*opt == TCPOPT_EOL)
			break;
		if (*opt == TCPOPT_NOP) {
			opt++;
			left--;
			continue;
		}
		if (left < 2 || opt[1] < 2 || opt[1] > left)
			break;
		if (*opt == TCPOPT_WINDOW && opt[1] == TCPOLEN_WINDOW)
			return min_t(u8, opt[2], SCALE_MAX);
		left -= opt[1];
		opt += opt[1];
	}
	return 0;
}

void tcp_advance(struct session *s, enum direction dir,
		 const struct tcphdr *th, u32 len)
{
	u32 end = ntohl(th->seq) + len;
	u32 ack = ntohl(th->ack_seq);
	u8 window;

	if (seq_after(end, READ_ONCE(s->end[dir])))
		WRITE_ONCE(s->end[dir], end);
	/* An acknowledgment of what was never sent is no news. */
	if (seq_after(ack, READ_ONCE(s->ack[dir])) &&
	    !seq_after(ack, READ_ONCE(s->end[!dir])))
		WRITE_ONCE(s->ack[dir], ack);
	window = fls(ntohs(th->window)) + READ_ONCE(s->scale[dir]);
	if (window > READ_ONCE(s->window[dir]))
		WRITE_ONCE(s->window[dir], window);
}

/*
 * Acceptable to the receiver without a challenge (RFC 5961 section 3.2): exactly
 * the next byte it waits for, as far as both sides have shown it.
 */
static bool rst_is_exact(const struct session *s, enum direction dir,
			 const struct tcphdr *th)
{
	enum direction peer = !dir;
	u32 seq = ntohl(th->seq);

	if (s->state == PORTICO_STATE_OPENING_OUT ||
	    s->state == PORTICO_STATE_OPENING_IN) {
		enum direction opener =
			s->state == PORTICO_STATE_OPENING_OUT ? DIR_OUT : DIR_IN;

		/* The opener gives up, or the other side acknowledges its SYN. */
		if (dir == opener)
			return seq == READ_ONCE(s->end[dir]);
		return th->ack && ntohl(th->ack_seq) == READ_ONCE(s->end[peer]);
	}
	return seq == READ_ONCE(s->ack[peer]) || seq == READ_ONCE(s->end[dir]);
}

/* A SYN begins the session, or begins it again after its end. */
static void opening(struct session *s, enum direction dir,
		    const struct tcphdr *th)
{
	u32 end = ntohl(th->seq) + 1;

	WRITE_ONCE(s->scale[dir], syn_scale(th));
	WRITE_ONCE(s->window[dir], fls(ntohs(th->window)));
	WRITE_ONCE(s->end[dir], end);
	WRITE_ONCE(s->ack[dir], th->ack ? ntohl(th->ack_seq) : 0);
}

static u8 state_after_syn(u8 state, enum direction dir)
{
	u8 mine = dir == DIR_OUT ? PORTICO_STATE_OPENING_OUT :
				   PORTICO_STATE_OPENING_IN;
	u8 theirs = dir == DIR_OUT ? PORTICO_STATE_OPENING_IN :
				     PORTICO_STATE_OPENING_OUT;

	if (state == theirs)
		return PORTICO_STATE_ESTABLISHED;
	switch (state) {
	case PORTICO_STATE_NONE:
	case PORTICO_STATE_CLOSING:
	case PORTICO_STATE_RESET:
		return mine;
	case PORTICO_STATE_FIN_OUT:
	case PORTICO_STATE_FIN_IN:
		/* The other side has forgotten it. From there anybody could say so. */
		return dir == DIR_OUT ? mine : state;
	default:
		return state;
	}
}

static u8 state_after_fin(u8 state, enum direction dir)
{
	switch (state) {
	case PORTICO_STATE_ESTABLISHED:
		return dir == DIR_OUT ? PORTICO_STATE_FIN_OUT :
					PORTICO_STATE_FIN_IN;
	case PORTICO_STATE_FIN_OUT:
		return dir == DIR_IN ? PORTICO_STATE_CLOSING : state;
	case PORTICO_STATE_FIN_IN:
		return dir == DIR_OUT ? PORTICO_STATE_CLOSING : state;
	default:
		return state;
	}
}

/*
 * The inside host has begun anew while nobody knew of an end. If the other side has
 * too, the old windows are nothing to go by: they are learnt again.
 */
static void forget_windows(struct session *s, const struct tcphdr *th)
{
	WRITE_ONCE(s->window[DIR_OUT], 0);
	WRITE_ONCE(s->window[DIR_IN], 0);
	WRITE_ONCE(s->scale[DIR_OUT], syn_scale(th));
	WRITE_ONCE(s->scale[DIR_IN], SCALE_MAX);
}

static bool track_syn(struct session *s, enum direction dir,
		      const struct tcphdr *th)
{
	u8 old = READ_ONCE(s->state);
	u8 state = state_after_syn(old, dir);

	/* Only a SYN that moves the session on may set its windows. */
	if (state == old && old != PORTICO_STATE_OPENING_OUT &&
	    old != PORTICO_STATE_OPENING_IN) {
		if (old == PORTICO_STATE_ESTABLISHED && dir == DIR_OUT && !th->ack)
			forget_windows(s, th);
		return false;
	}
	opening(s, dir, th);
	WRITE_ONCE(s->state, state);
	session_refresh(s);
	return false;
}

static bool track_rst(struct session *s, enum direction dir,
		      const struct tcphdr *th)
{
	u8 state = READ_ONCE(s->state);

	if (state == PORTICO_STATE_RESET || !rst_is_exact(s, dir, th))
		return false;
	WRITE_ONCE(s->state, PORTICO_STATE_RESET);
	/*
	 * What ends so lives a closing time-out longer (RFC 7857 section 2.3), but
	 * a SYN from outside that is turned away keeps nothing alive (7.1).
	 */
	if (state != PORTICO_STATE_OPENING_IN || dir != DIR_OUT)
		WRITE_ONCE(s->last, (u32)jiffies);
	return true;
}

bool tcp_track(struct session *s, enum direction dir, const struct tcphdr *th,
	       u32 len)
{
	u8 state, next;

	if (th->rst)
		return track_rst(s, dir, th);
	if (th->syn)
		return track_syn(s, dir, th);

	state = READ_ONCE(s->state);
	/* Restored after a reload: the middle of a connection is its start. */
	if (state == PORTICO_STATE_NONE) {
		WRITE_ONCE(s->scale[DIR_OUT], SCALE_MAX);
		WRITE_ONCE(s->scale[DIR_IN], SCALE_MAX);
		WRITE_ONCE(s->end[!dir], ntohl(th->ack_seq));
		WRITE_ONCE(s->end[dir], ntohl(th->seq) + len);
		WRITE_ONCE(s->ack[dir], ntohl(th->ack_seq));
		WRITE_ONCE(s->state, PORTICO_STATE_ESTABLISHED);
		state = PORTICO_STATE_ESTABLISHED;
	} else if (!READ_ONCE(s->window[dir])) {
		WRITE_ONCE(s->end[dir], ntohl(th->seq) + len);
		WRITE_ONCE(s->ack[dir], ntohl(th->ack_seq));
	}
	if (!tcp_in_window(s, dir, ntohl(th->seq)))
		return false;
	session_refresh(s);
	/* RFC 7857 section 2.3: whoever still speaks was not reset. */
	next = state == PORTICO_STATE_RESET ? PORTICO_STATE_ESTABLISHED : state;
	if (th->fin)
		next = state_after_fin(next, dir);
	tcp_advance(s, dir, th, len + th->fin);
	if (next == state)
		return false;
	WRITE_ONCE(s->state, next);
	return next == PORTICO_STATE_CLOSING;
}
