from django.urls import path

from apps.web import dev

app_name = "web"

urlpatterns = [
    path("components/", dev.components, name="components"),
    path("mail/", dev.mailbox, name="mailbox"),
    path("mail/<str:name>/", dev.letter, name="letter"),
    path("mail/<str:name>/html/", dev.letter_html, name="letter_html"),
]
