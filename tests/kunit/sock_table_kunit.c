// SPDX-License-Identifier: GPL-2.0
/* The table of socket records: finding, growing, walking. */
#include <kunit/test.h>
#include <linux/slab.h>

#include "sock.h"
#include "sock_table.h"

#define RECORDS	1000

static struct sock_book *new_book(struct kunit *test)
{
	struct sock_book *book;

	book = kunit_kzalloc(test, sizeof(*book), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, book);
	spin_lock_init(&book->lock);
	KUNIT_ASSERT_EQ(test, sock_table_init(book), 0);
	return book;
}

static struct sock_rec *insert(struct kunit *test, struct sock_book *book,
			       u64 cookie)
{
	struct sock_rec *rec = kzalloc(sizeof(*rec), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	rec->cookie = cookie;
	spin_lock_bh(&book->lock);
	sock_table_insert(book, rec);
	spin_unlock_bh(&book->lock);
	return rec;
}

static void remove(struct sock_book *book, struct sock_rec *rec)
{
	spin_lock_bh(&book->lock);
	sock_table_remove(book, rec);
	spin_unlock_bh(&book->lock);
	synchronize_rcu();
	kfree(rec);
}

static void free_rec(struct sock_book *book, struct sock_rec *rec)
{
	kfree(rec);
}

static bool found(struct sock_book *book, u64 cookie)
{
	struct sock_rec *rec;
	bool right;

	rcu_read_lock();
	rec = sock_lookup(book, cookie);
	right = rec && rec->cookie == cookie;
	rcu_read_unlock();
	return right;
}

/* Number of records that a walk shows; the keys must rise. */
static int walk(struct kunit *test, struct sock_book *book)
{
	struct sock_rec *rec;
	u64 key, after = 0;
	int n = 0;

	rcu_read_lock();
	while ((rec = sock_next(book, after))) {
		key = sock_key(rec->cookie);
		KUNIT_EXPECT_GT(test, key, after);
		after = key;
		n++;
	}
	rcu_read_unlock();
	return n;
}

static void finds_what_is_in(struct kunit *test)
{
	struct sock_book *book = new_book(test);
	struct sock_rec *rec;

	KUNIT_EXPECT_FALSE(test, found(book, 7));
	rec = insert(test, book, 7);
	insert(test, book, 8);
	KUNIT_EXPECT_TRUE(test, found(book, 7));
	remove(book, rec);
	KUNIT_EXPECT_FALSE(test, found(book, 7));
	KUNIT_EXPECT_TRUE(test, found(book, 8));
	KUNIT_EXPECT_EQ(test, book->records, 1U);
	sock_table_exit(book, free_rec);
}

static void grows(struct kunit *test)
{
	struct sock_book *book = new_book(test);
	u8 shift = rcu_access_pointer(book->table)->shift;
	u64 cookie;

	for (cookie = 1; cookie <= RECORDS; cookie++)
		insert(test, book, cookie);
	flush_work(&book->grow);
	KUNIT_EXPECT_LT(test, rcu_access_pointer(book->table)->shift, shift);
	for (cookie = 1; cookie <= RECORDS; cookie++)
		KUNIT_EXPECT_TRUE(test, found(book, cookie));
	KUNIT_EXPECT_FALSE(test, found(book, RECORDS + 1));
	KUNIT_EXPECT_EQ(test, walk(test, book), RECORDS);
	sock_table_exit(book, free_rec);
}

/* Records come and go while the table grows under them. */
static void changes_while_growing(struct kunit *test)
{
	struct sock_book *book = new_book(test);
	struct sock_rec *old, *late;
	u64 cookie;
	int i;

	for (i = 0; i < 20; i++) {
		old = insert(test, book, 1000000 + i);
		for (cookie = 1; cookie <= 50; cookie++)
			insert(test, book, i * 50 + cookie);
		late = insert(test, book, 2000000 + i);
		remove(book, old);
		remove(book, late);
	}
	flush_work(&book->grow);
	KUNIT_EXPECT_EQ(test, book->records, 1000U);
	KUNIT_EXPECT_EQ(test, walk(test, book), 1000);
	KUNIT_EXPECT_FALSE(test, found(book, 1000000));
	KUNIT_EXPECT_FALSE(test, found(book, 2000019));
	sock_table_exit(book, free_rec);
}

/* A walk in the middle of which the table doubles misses and repeats nothing. */
static void walk_survives_growth(struct kunit *test)
{
	struct sock_book *book = new_book(test);
	struct sock_rec *rec;
	u64 cookie, after = 0;
	int seen = 0;

	for (cookie = 1; cookie <= 60; cookie++)
		insert(test, book, cookie);
	do {
		rcu_read_lock();
		rec = sock_next(book, after);
		if (rec) {
			after = sock_key(rec->cookie);
			seen += rec->cookie <= 60;
		}
		rcu_read_unlock();
		if (seen == 30 && book->records == 60) {
			for (cookie = 100; cookie < 600; cookie++)
				insert(test, book, cookie);
			flush_work(&book->grow);
		}
	} while (rec);
	KUNIT_EXPECT_EQ(test, seen, 60);
	sock_table_exit(book, free_rec);
}

static void extremes(struct kunit *test)
{
	struct sock_book *book = new_book(test);
	u64 cookies[] = { 1, 2, U32_MAX, 1ULL << 32, 1ULL << 63, U64_MAX };
	int i;

	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		insert(test, book, cookies[i]);
	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		KUNIT_EXPECT_TRUE(test, found(book, cookies[i]));
	KUNIT_EXPECT_EQ(test, walk(test, book), (int)ARRAY_SIZE(cookies));
	sock_table_exit(book, free_rec);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(finds_what_is_in),
	KUNIT_CASE(grows),
	KUNIT_CASE(changes_while_growing),
	KUNIT_CASE(walk_survives_growth),
	KUNIT_CASE(extremes),
	{}
};

static struct kunit_suite suite = {
	.name = "portico_sock_table",
	.test_cases = cases,
};

kunit_test_suite(suite);
