/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink family: what its files share. Handlers run in process context;
 * those that change configuration hold RTNL and the config lock (nl_lock()).
 * A fill function writes one object's attributes and serves get, dump and event;
 * -EMSGSIZE means that it did not fit and nothing of it must be sent.
 */
#ifndef PORTICO_NL_H
#define PORTICO_NL_H

#include <net/genetlink.h>
#include <linux/portico.h>

#include "session.h"
#include "tuple.h"

struct account;
struct ext_addr;
struct forward;
struct host;
struct inside;
struct inside_set;
struct mapping;
struct port_block;
struct portico_net;
struct uplink;
struct uplink_config;

extern struct genl_family portico_family;
extern const struct nla_policy nl_endpoint_policy[PORTICO_A_ENDPOINT_MAX + 1];

int nl_init(void);
void nl_exit(void);

void nl_lock(struct portico_net *pn);
void nl_unlock(struct portico_net *pn);

/* An endpoint in a filter: what is not set matches all. */
struct endpoint_filter {
	bool has_addr, has_port;
	union nf_inet_addr addr;
	u8 family, plen;
	__be16 port;
};

/* Addresses: 4 or 16 bytes, else -EINVAL with text. */
int nl_addr(const struct nlattr *attr, union nf_inet_addr *addr, u8 *family,
	    struct netlink_ext_ack *extack);
/* A whole endpoint, address and port; @proto is the caller's. */
int nl_endpoint(const struct nlattr *attr, struct endpoint *ep, bool need_port,
		struct netlink_ext_ack *extack);
/* The same where it is @proto's that decides: GRE and ESP have no ports. */
int nl_endpoint_of(const struct nlattr *attr, u8 proto, struct endpoint *ep,
		   struct netlink_ext_ack *extack);
int nl_endpoint_filter(const struct nlattr *attr, struct endpoint_filter *f,
		       struct netlink_ext_ack *extack);
bool nl_endpoint_match(const struct endpoint_filter *f,
		       const union nf_inet_addr *addr, u8 family, __be16 port);

int nl_put_addr(struct sk_buff *skb, int type, const union nf_inet_addr *addr,
		u8 family);
/* With the port, if @proto has one. */
int nl_put_endpoint(struct sk_buff *skb, int type, u8 proto,
		    const union nf_inet_addr *addr, u8 family, __be16 port);
int nl_put_counters(struct sk_buff *skb, int type, const struct flow_counters *c);

/* A message of a dump, or NULL when the buffer is full. */
static inline void *nl_dump_put(struct sk_buff *skb,
				struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &portico_family, NLM_F_MULTI, cmd);
}

/* Refuse with @err: @text, a constant, and the attribute to blame, or NULL. */
static inline int nl_refuse(struct netlink_ext_ack *extack,
			    const struct nlattr *attr, int err, const char *text)
{
	extack->_msg = text;
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

/* The same, by the number of the request's attribute (0: none of them). */
static inline int nl_fail(struct genl_info *info, int attr, int err,
			  const char *text)
{
	return nl_refuse(info->extack, attr ? info->attrs[attr] : NULL, err,
			 text);
}

/* Reply of a do request, ready to be filled; *@hdr for genlmsg_end(). */
struct sk_buff *nl_reply_new(struct genl_info *info, u8 cmd, void **hdr);

/* nl_uplink.c */
extern const struct nla_policy nl_uplink_policy[PORTICO_A_UPLINK_MAX + 1];
/* The settings given, over those in @config; @head: for attributes that repeat. */
int nl_uplink_parse(struct nlattr **a, const struct nlattr *head, int len,
		    struct uplink_config *config,
		    struct netlink_ext_ack *extack);
const char *nl_uplink_name(struct nlattr **a, struct netlink_ext_ack *extack);
int nl_uplink_add(struct sk_buff *skb, struct genl_info *info);
int nl_uplink_set(struct sk_buff *skb, struct genl_info *info);
int nl_uplink_del(struct sk_buff *skb, struct genl_info *info);

/* nl_uplink_fill.c; config lock held */
int nl_uplink_fill(struct sk_buff *skb, const struct uplink *uplink);
int nl_uplink_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* nl_inside.c */
extern const struct nla_policy nl_inside_policy[PORTICO_A_INSIDE_MAX + 1];
/* A whole prefix, its name and settings. */
int nl_inside_parse(struct nlattr **a, struct inside *inside,
		    struct netlink_ext_ack *extack);
int nl_inside_add(struct sk_buff *skb, struct genl_info *info);
int nl_inside_set(struct sk_buff *skb, struct genl_info *info);
int nl_inside_del(struct sk_buff *skb, struct genl_info *info);
int nl_inside_dump(struct sk_buff *skb, struct netlink_callback *cb);
int nl_inside_fill(struct sk_buff *skb, const struct portico_net *pn,
		   const struct inside *inside);

/* nl_forward.c */
extern const struct nla_policy nl_forward_policy[PORTICO_A_FORWARD_MAX + 1];
int nl_forward_parse(struct nlattr **a, struct forward *f,
		     struct netlink_ext_ack *extack);
/* Would its host, inside by @insides, be translated, by that address's uplink? */
int nl_forward_inside(struct portico_net *pn, const struct inside_set *insides,
		      const struct forward *f, struct nlattr **a,
		      struct netlink_ext_ack *extack);
int nl_forward_add(struct sk_buff *skb, struct genl_info *info);
int nl_forward_del(struct sk_buff *skb, struct genl_info *info);
int nl_forward_dump(struct sk_buff *skb, struct netlink_callback *cb);
int nl_forward_fill(struct sk_buff *skb, const struct forward *f);

/* nl_account.c */
extern const struct nla_policy nl_account_policy[PORTICO_A_ACCOUNT_MAX + 1];
/* A whole account into @account, zeroed; @head: for prefixes, which repeat. */
int nl_account_parse(struct nlattr **a, const struct nlattr *head, int len,
		     struct account *account, struct netlink_ext_ack *extack);
int nl_account_add(struct sk_buff *skb, struct genl_info *info);
int nl_account_del(struct sk_buff *skb, struct genl_info *info);
int nl_account_reset(struct sk_buff *skb, struct genl_info *info);
int nl_account_dump(struct sk_buff *skb, struct netlink_callback *cb);
int nl_account_fill(struct sk_buff *skb, const struct account *account);

/* nl_block.c; mapping_table.lock held */
extern const struct nla_policy nl_block_policy[PORTICO_A_BLOCK_MAX + 1];
int nl_block_fill(struct sk_buff *skb, const struct port_block *b,
		  const union nf_inet_addr *host);
int nl_block_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* nl_apply.c */
extern const struct nla_policy nl_apply_policy[PORTICO_A_APPLY_MAX + 1];
int nl_apply(struct sk_buff *skb, struct genl_info *info);

/* nl_mapping.c */
extern const struct nla_policy nl_mapping_policy[PORTICO_A_MAPPING_MAX + 1];
int nl_mapping_add(struct sk_buff *skb, struct genl_info *info);
int nl_mapping_del(struct sk_buff *skb, struct genl_info *info);
int nl_mapping_dump(struct sk_buff *skb, struct netlink_callback *cb);
int nl_session_dump(struct sk_buff *skb, struct netlink_callback *cb);
int nl_session_flush(struct sk_buff *skb, struct genl_info *info);
int nl_mapping_fill(struct sk_buff *skb, struct portico_net *pn,
		    const struct mapping *m);

/* nl_lease.c: MAPPING_ADD with a lifetime */
int nl_lease(struct sk_buff *skb, struct genl_info *info);

/* nl_host.c */
extern const struct nla_policy nl_host_policy[PORTICO_A_HOST_MAX + 1];
/* mapping_table.lock held. */
int nl_host_fill(struct sk_buff *skb, const struct host *host);
int nl_host_get_start(struct netlink_callback *cb);
int nl_host_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_host_get_done(struct netlink_callback *cb);

/* nl_status.c */
extern const struct nla_policy nl_status_policy[PORTICO_A_STATUS_MAX + 1];
int nl_status_get(struct sk_buff *skb, struct genl_info *info);
int nl_set(struct sk_buff *skb, struct genl_info *info);
int nl_reset(struct sk_buff *skb, struct genl_info *info);
int nl_reason_get_start(struct netlink_callback *cb);
int nl_reason_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_reason_get_done(struct netlink_callback *cb);
int nl_reset_start(struct netlink_callback *cb);
int nl_audit_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
