def test_page_without_htmx_is_whole(visitor):
    response = visitor.get("/page/")
    assert response.content.decode() == '<html><body><h1>hello</h1><div id="people">hello</div></body></html>'
    assert response["Vary"] == "HX-Request, HX-Target, Cookie"


def test_fragment_named_by_the_view_comes_alone(visitor, htmx):
    response = visitor.get("/page/", headers=htmx("people"))
    assert response.content.decode() == '<div id="people">hello</div>'


def test_fragment_the_view_did_not_name_is_the_page(visitor, htmx):
    response = visitor.get("/page/", headers=htmx("somebody-elses"))
    assert response.content.decode().startswith("<html>")


def test_target_without_htmx_is_the_page(visitor):
    response = visitor.get("/page/", headers={"HX-Target": "people"})
    assert response.content.decode().startswith("<html>")


def test_status_is_kept(visitor, htmx):
    response = visitor.post("/faulty/", headers=htmx("people"))
    assert (response.status_code, response.content.decode()) == (
        422,
        '<div id="people">faulty</div>',
    )


def test_after_a_change_a_plain_browser_is_sent_on(visitor):
    response = visitor.post("/change/")
    assert (response.status_code, response["Location"]) == (302, "/page/")


def test_after_a_change_htmx_gets_the_fresh_fragment(visitor, htmx):
    response = visitor.post("/change/", headers=htmx("people"))
    assert response.content.decode().startswith('<div id="people">changed</div>')
