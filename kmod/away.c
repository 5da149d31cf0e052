// SPDX-License-Identifier: GPL-2.0
/* External addresses that are away for a while. */
#include "away.h"
#include "net.h"

bool away_may_wait(const struct uplink *uplink, const struct ext_addr *ext)
{
	u64 hold = (u64)uplink->config.address_hold * HZ;

	lockdep_assert_held(&uplink->pn->config);
	if (!ext->away)
		return hold;
	return ext->away_since &&
	       time_before64(get_jiffies_64(), ext->away_since + hold);
}

bool away_set(struct portico_net *pn, struct ext_addr *ext, bool away)
{
	lockdep_assert_held(&pn->config);
	if (ext->away == away)
		return false;
	spin_lock_bh(&pn->mappings.lock);
	ext->gone = away;
	ext->away_since = get_jiffies_64();
	WRITE_ONCE(ext->away, away);
	spin_unlock_bh(&pn->mappings.lock);
	if (away) {
		/* Who has not seen it may yet note that a flow is fast. */
		synchronize_net();
		mapping_slow_all(pn, ext);
	}
	return true;
}

void away_end(struct ext_addr *ext)
{
	ext->away_since = 0;
}
